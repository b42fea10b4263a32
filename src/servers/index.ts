import type { Outlets } from '../observe/outlets';
import type { SocketAddress } from '../types';
import type { Unp } from '../unp/wrappers';
import { concurrentTcp1, concurrentTcp2, concurrentTcp3a, concurrentTcp3b } from './concurrent-tcp';
import { echoserverp } from './echoserverp';
import { eventLoop } from './event-loop';
import { figure411 } from './figure-4.11';
import { type Doit, figure413 } from './figure-4.13';
import { handbook77 } from './handbook-7.7';
import { iterative } from './iterative';
import type { RaiseOomScore } from './oom-score';
import { preforked, preforkedFcntl, preforkedMutex } from './preforked';
import { preforkedPassing } from './preforked/passing';
import type { Service, ServiceName } from './services';
import { tcpserv01, tcpserv02, tcpserv03, tcpserv04 } from './tcpserv';
import {
  webserver3a,
  webserver3b,
  webserver3c,
  webserver3d,
  webserver3e,
  webserver3f,
  webserver3g,
} from './webserver3';
import { workerThreads } from './worker-threads';

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

/** A server that serves by blocking calls, in as many processes as it likes. */
function blocking(summary: string, doit: ServiceName, choices: readonly Choice[], server: Blocking): TextbookServer {
  return {
    summary,
    doit,
    needs: 'doit',
    forks: true,
    choices: [...choices, 'rcvtimeo'],
    run: (task) => server(task.unp, task.address, task.doit, task),
  };
}

/** One that serves its clients by itself, one after the other. */
const iterating = (...told: Parameters<typeof blocking>): TextbookServer => ({ ...blocking(...told), forks: false });

function named<Name extends string>(servers: Readonly<Record<Name, TextbookServer>>) {
  return servers;
}

/** The servers of the books, by the names that `realfork serve` knows them by. */
export const SERVERS = named({
  'figure-4.11': iterating('UNP 4.6: iterative; a second client waits', 'daytime', ['on-eintr'], figure411),
  'figure-4.13': blocking('UNP 4.8: a child for each client, as printed', 'echo', ['sigchld', 'on-eintr'], figure413),
  tcpserv01: blocking('UNP 5.2: nobody waits for the children: zombies', 'echo', ['sigchld', 'on-eintr'], tcpserv01),
  tcpserv02: blocking('UNP 5.9: SIGCHLD is handled by wait', 'echo', ['on-eintr'], tcpserv02),
  tcpserv03: blocking('UNP 5.9: and accept goes on after EINTR', 'echo', [], tcpserv03),
  tcpserv04: blocking('UNP 5.10: SIGCHLD is handled by a loop over waitpid: no zombies', 'echo', [], tcpserv04),
  iterative: iterating('UNP 30.4: iterative, as the measure of the others', 'echo', ['on-eintr'], iterative),
  preforked: blocking('UNP 30.6: children forked beforehand, all in accept', 'echo', ['children'], preforked),
  'preforked-fcntl': blocking('UNP 30.7: a lock on a file around accept', 'echo', ['children'], preforkedFcntl),
  'preforked-mutex': blocking('UNP 30.8: a lock in shared memory around accept', 'echo', ['children'], preforkedMutex),
  'preforked-passing': {
    ...blocking('UNP 30.9: the parent accepts, and passes connfd to a child', 'echo', [], preforkedPassing),
    choices: ['children'],
  },
  'handbook-7.7': blocking(
    'FreeBSD Handbook 7.7: SIGCHLD reaps, SIGHUP rereads the configuration',
    'echo',
    ['config', 'on-eintr'],
    handbook77,
  ),
  'concurrent-tcp-1': blocking('Chapin: nobody waits for the children: zombies', 'echo', ['sigchld'], concurrentTcp1),
  'concurrent-tcp-2': blocking('Chapin: a handler, flags 0, and accept in a loop', 'echo', [], concurrentTcp2),
  'concurrent-tcp-3a': blocking('Chapin: "Other Possibilities": SA_RESTART', 'echo', [], concurrentTcp3a),
  'concurrent-tcp-3b': blocking('Chapin: "Other Possibilities": SA_NOCLDWAIT', 'echo', [], concurrentTcp3b),
  echoserverp: blocking(
    'CS:APP 12.1: Open_listenfd, and what parent and child must close',
    'echo',
    ['on-eintr'],
    echoserverp,
  ),
  webserver3a: iterating("Let's Build A Web Server 3: iterative", 'http', ['on-eintr'], webserver3a),
  webserver3b: iterating('the same, and sleeps: the second client waits', 'http', ['sleep', 'on-eintr'], webserver3b),
  webserver3c: blocking('a child for each client, which sleeps: zombies', 'http', ['sleep', 'sigchld'], webserver3c),
  webserver3d: blocking('connfd left open: clients see no end', 'http', ['sigchld'], webserver3d),
  webserver3e: blocking('wait in a handler: accept fails with EINTR', 'http', [], webserver3e),
  webserver3f: blocking('accept again after EINTR: zombies under load', 'http', [], webserver3f),
  webserver3g: blocking('a loop over waitpid: no fault left', 'http', [], webserver3g),
  'event-loop': {
    summary: 'CS:APP 12: the same service in one thread, by events',
    doit: 'echo',
    needs: 'onConnection',
    forks: false,
    choices: [],
    run: ({ unp, address, onConnection }) => eventLoop(unp, address, onConnection),
  },
  'worker-threads': {
    summary: 'CS:APP 12, Chapin: the same service, a thread for each client',
    doit: 'echo',
    needs: 'doit',
    forks: false,
    choices: [],
    run: ({ unp, address, service, outlets }) => workerThreads(unp, address, service, outlets),
  },
});

export type ServerName = keyof typeof SERVERS;
