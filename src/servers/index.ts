import type { Outlets } from '../observe/outlets';
import type { SocketAddress } from '../types';
import type { Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';
import type { RaiseOomScore } from './oom-score';
import type { Service, ServiceName } from './services';

/** What a server is to do. */
export interface Task {
  readonly unp: Unp;
  readonly address: SocketAddress;
  readonly doit: Doit;
  readonly onConnection: NonNullable<Service['onConnection']>;
  /** Its name, or its file. */
  readonly service: string;
  /** Seconds to sleep after each client, where the text's server does. */
  readonly sleep: number;
  /** How many children are forked beforehand, where the server does that. */
  readonly children: number;
  readonly raiseOomScore?: RaiseOomScore | undefined;
  readonly dieWithServer?: (() => void) | undefined;
  /** Reads the configuration file again. */
  readonly reread: () => void;
  readonly outlets: Outlets;
}

/** What can be chosen of a server, because its text leaves it open. */
export type Choice = 'sigchld' | 'on-eintr' | 'rcvtimeo' | 'sleep' | 'config' | 'children';

export interface TextbookServer {
  /** In one line, for the list of servers. */
  readonly summary: string;
  /** What it does for its clients if it is not told. */
  readonly doit: ServiceName;
  /** What it needs of a service. */
  readonly needs: 'doit' | 'onConnection';
  readonly choices: readonly Choice[];
  /** Whether children serve its clients: what only they run is tried before. */
  readonly forks: boolean;
  /** Returns only if the event loop is to go on. */
  readonly run: (task: Task) => void;
}

type Blocking = (unp: Unp, address: SocketAddress, doit: Doit, told: Task) => never;

/**
 * A server that serves by blocking calls, in as many processes as it likes. Its file is loaded when it runs: what is loaded
 * is copied for each child.
 */
function blocking(
  summary: string,
  doit: ServiceName,
  choices: readonly Choice[],
  load: () => Blocking,
): TextbookServer {
  return {
    summary,
    doit,
    needs: 'doit',
    forks: true,
    choices: [...choices, 'rcvtimeo'],
    run: (task) => load()(task.unp, task.address, task.doit, task),
  };
}

/** One that serves its clients by itself, one after the other. */
const iterating = (...told: Parameters<typeof blocking>): TextbookServer => ({ ...blocking(...told), forks: false });

function named<Name extends string>(servers: Readonly<Record<Name, TextbookServer>>) {
  return servers;
}

const chapin = () => require('./concurrent-tcp') as typeof import('./concurrent-tcp');
const preforking = () => require('./preforked') as typeof import('./preforked');
const unp5 = () => require('./tcpserv') as typeof import('./tcpserv');
const webServers = () => require('./webserver3') as typeof import('./webserver3');

/** The servers of the books, by the names that `realfork serve` knows them by. */
export const SERVERS = named({
  'figure-4.11': iterating(
    'UNP 4.6: iterative; a second client waits',
    'daytime',
    ['on-eintr'],
    () => (require('./figure-4.11') as typeof import('./figure-4.11')).figure411,
  ),
  'figure-4.13': blocking(
    'UNP 4.8: a child for each client, as printed',
    'echo',
    ['sigchld', 'on-eintr'],
    () => (require('./figure-4.13') as typeof import('./figure-4.13')).figure413,
  ),
  tcpserv01: blocking(
    'UNP 5.2: nobody waits for the children: zombies',
    'echo',
    ['sigchld', 'on-eintr'],
    () => unp5().tcpserv01,
  ),
  tcpserv02: blocking('UNP 5.9: SIGCHLD is handled by wait', 'echo', ['on-eintr'], () => unp5().tcpserv02),
  tcpserv03: blocking('UNP 5.9: and accept goes on after EINTR', 'echo', [], () => unp5().tcpserv03),
  tcpserv04: blocking(
    'UNP 5.10: SIGCHLD is handled by a loop over waitpid: no zombies',
    'echo',
    [],
    () => unp5().tcpserv04,
  ),
  iterative: iterating(
    'UNP 30.4: iterative, as the measure of the others',
    'echo',
    ['on-eintr'],
    () => (require('./iterative') as typeof import('./iterative')).iterative,
  ),
  preforked: blocking(
    'UNP 30.6: children forked beforehand, all in accept',
    'echo',
    ['children'],
    () => preforking().preforked,
  ),
  'preforked-fcntl': blocking(
    'UNP 30.7: a lock on a file around accept',
    'echo',
    ['children'],
    () => preforking().preforkedFcntl,
  ),
  'preforked-mutex': blocking(
    'UNP 30.8: a lock in shared memory around accept',
    'echo',
    ['children'],
    () => preforking().preforkedMutex,
  ),
  'preforked-passing': {
    ...blocking(
      'UNP 30.9: the parent accepts, and passes connfd to a child',
      'echo',
      [],
      () => (require('./preforked/passing') as typeof import('./preforked/passing')).preforkedPassing,
    ),
    choices: ['children'],
  },
  'handbook-7.7': blocking(
    'FreeBSD Handbook 7.7: SIGCHLD reaps, SIGHUP rereads the configuration',
    'echo',
    ['config', 'on-eintr'],
    () => (require('./handbook-7.7') as typeof import('./handbook-7.7')).handbook77,
  ),
  'concurrent-tcp-1': blocking(
    'Chapin: nobody waits for the children: zombies',
    'echo',
    ['sigchld'],
    () => chapin().concurrentTcp1,
  ),
  'concurrent-tcp-2': blocking(
    'Chapin: a handler, flags 0, and accept in a loop',
    'echo',
    [],
    () => chapin().concurrentTcp2,
  ),
  'concurrent-tcp-3a': blocking(
    'Chapin: "Other Possibilities": SA_RESTART',
    'echo',
    [],
    () => chapin().concurrentTcp3a,
  ),
  'concurrent-tcp-3b': blocking(
    'Chapin: "Other Possibilities": SA_NOCLDWAIT',
    'echo',
    [],
    () => chapin().concurrentTcp3b,
  ),
  echoserverp: blocking(
    'CS:APP 12.1: Open_listenfd, and what parent and child must close',
    'echo',
    ['on-eintr'],
    () => (require('./echoserverp') as typeof import('./echoserverp')).echoserverp,
  ),
  webserver3a: iterating("Let's Build A Web Server 3: iterative", 'http', ['on-eintr'], () => webServers().webserver3a),
  webserver3b: iterating(
    'the same, and sleeps: the second client waits',
    'http',
    ['sleep', 'on-eintr'],
    () => webServers().webserver3b,
  ),
  webserver3c: blocking(
    'a child for each client, which sleeps: zombies',
    'http',
    ['sleep', 'sigchld'],
    () => webServers().webserver3c,
  ),
  webserver3d: blocking('connfd left open: clients see no end', 'http', ['sigchld'], () => webServers().webserver3d),
  webserver3e: blocking('wait in a handler: accept fails with EINTR', 'http', [], () => webServers().webserver3e),
  webserver3f: blocking('accept again after EINTR: zombies under load', 'http', [], () => webServers().webserver3f),
  webserver3g: blocking('a loop over waitpid: no fault left', 'http', [], () => webServers().webserver3g),
  'event-loop': {
    summary: 'CS:APP 12: the same service in one thread, by events',
    doit: 'echo',
    needs: 'onConnection',
    forks: false,
    choices: [],
    run: ({ unp, address, onConnection }) =>
      (require('./event-loop') as typeof import('./event-loop')).eventLoop(unp, address, onConnection),
  },
  'worker-threads': {
    summary: 'CS:APP 12, Chapin: the same service, a thread for each client',
    doit: 'echo',
    needs: 'doit',
    forks: false,
    choices: [],
    run: ({ unp, address, service, outlets }) =>
      (require('./worker-threads') as typeof import('./worker-threads')).workerThreads(unp, address, service, outlets),
  },
});

export type ServerName = keyof typeof SERVERS;
