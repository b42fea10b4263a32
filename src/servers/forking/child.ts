import { AF_UNIX } from '../../constants';
import type { ServeForked } from '../../fork/fork-for-clients';
import { forgetExitListeners, hasExitListeners } from '../../fork/listeners';
import type { ChildHalf } from '../../native';
import type { SocketAddress } from '../../types';
import type { RaiseOomScore } from '../oom-score';
import { refusePromise } from '../services/service';
import type { Groups } from './groups';
import { keepAlive } from './keepalive';
import { type Listener, listenerAt } from './listeners';
import type { AnyServerOptions, Client, ServeClient, Settings } from './options';
import type { ServeSocket } from './socket-child';
import type { System } from './surroundings';
import type { ChildSignals, TakenSignals } from './taken-signals';

/** What a child has of its server. */
export interface Inherited {
  readonly settings: Settings;
  /** Descriptors that are nothing to a child, but to one that takes its next client from them. */
  readonly listeners: readonly { readonly fd: number }[];
  /** Descriptors that are nothing to any. */
  readonly others: readonly number[];
  readonly signals: TakenSignals;
  readonly groups: Groups;
  /** Seconds; 0: none. */
  readonly keepalive: number;
  readonly childSignals: ChildSignals;
  readonly raiseOomScore: RaiseOomScore | undefined;
}

/** Made here and nowhere else, as System is. */
export function inheritedOf(all: Inherited): Inherited {
  const { settings, listeners, others, signals, groups, keepalive, childSignals, raiseOomScore } = all;
  return { settings, listeners, others, signals, groups, keepalive, childSignals, raiseOomScore };
}

/** A connection that was accepted. */
export interface Connection {
  readonly connfd: number;
  readonly peerOf: () => SocketAddress;
  readonly listener: Listener;
}

/** What a child is born with. */
export interface Birth {
  /** Whether it has done what become() does. */
  readonly isReady: boolean;
  /** Made in the server: with its accessors each child would make it anew, nine page faults. */
  readonly served: Served;
  /** Of a child that takes clients by itself: those of the server. Undefined: it serves one. */
  readonly keeps: readonly Listener[] | undefined;
}

/** Both ends of a connection. Each is looked up when it is wanted. */
export interface Served {
  connection: Connection | undefined;
  readonly client: Client;
}

const NOWHERE: SocketAddress = { family: AF_UNIX, path: '' };

export function servedBy({ c }: System, connection?: Connection): Served {
  const served: Served = {
    connection,
    client: {
      get peer() {
        return served.connection?.peerOf() ?? NOWHERE;
      },
      get local() {
        if (served.connection === undefined) return NOWHERE;
        const { connfd, listener } = served.connection;
        const local = 'port' in listener.address ? c.getsockname(connfd) : listener.address;
        return local === -1 ? listener.address : local;
      },
    },
  };
  return served;
}

/** Where the child has other clients after it: what is not looked at in time would be another's. */
function clientOfSeveral({ client: { peer, local } }: Served): Client {
  return { peer, local };
}

const THROWN = 'thrown';

/** The status that the child is to exit with; or doit has thrown, and that was told. */
function resultOf(system: System, doit: ServeClient, connfd: number, client: Client): number | typeof THROWN {
  try {
    const result: unknown = doit(connfd, client);
    refusePromise(result);
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    system.complain('doit', error);
    return THROWN;
  }
}

/** What become() does, where nothing of it is the program's: then it need not be JavaScript. */
export function childHalf({
  settings,
  listeners,
  others,
  signals,
  childSignals,
  raiseOomScore,
}: Inherited): ChildHalf | undefined {
  const ofSignals = signals.ofChild(childSignals);
  if (ofSignals === undefined || hasExitListeners()) return undefined;
  const { path, text } = raiseOomScore?.about ?? { path: '', text: '' };
  return {
    ...ofSignals,
    ...{
      close: others,
      listeners: listeners.map(({ fd }) => fd),
      alarm: settings.timeout,
      scorePath: path,
      score: text,
    },
  };
}

/** What is the server's the child closes or gives back. */
function become(system: System, server: Inherited, birth: Birth, hasClient: boolean): void {
  if (birth.isReady) server.signals.areGivenBack();
  else becomeInJavaScript(system, server, birth, hasClient);
}

function becomeInJavaScript(system: System, server: Inherited, birth: Birth, hasClient: boolean): void {
  const { c } = system;
  server.groups.leadAsChild();
  for (const fd of server.others) c.close(fd);
  if (birth.keeps === undefined) for (const listener of server.listeners) c.close(listener.fd);
  server.signals.giveBackInChild(server.childSignals);
  forgetExitListeners(system.removeListeners);
  server.raiseOomScore?.();
  const { timeout } = server.settings;
  if (timeout > 0 && hasClient) c.alarm(timeout); // nobody handles SIGALRM: it ends the child
}

function keepAliveOf(system: System, { keepalive }: Inherited, { connfd, listener }: Connection): void {
  if ('port' in listener.address) keepAlive(system.posix, connfd, keepalive);
}

/** The next client that the child takes by itself. */
function next(system: System, listeners: Birth['keeps'], status: number): Connection | undefined {
  if (listeners === undefined) return undefined;
  const taken = system.keptChildren.next(status & 0xff); // of more exit(2) leaves no more
  if (taken === undefined) return undefined;
  const { connfd, peer, listener } = taken;
  return { connfd, peerOf: () => peer, listener: listenerAt(listeners, listener) };
}

/**
 * The child: it serves, one client or one after the other, and leaves, whatever fails: it is no server. After a doit that throws
 * nobody knows what is left of it. In one function, as each child calls it.
 */
function serveClients(
  system: System,
  server: Inherited,
  doit: ServeClient,
  birth: Birth,
  first: Connection | undefined,
): never {
  const { c, complain, exit } = system;
  const { keeps, served } = birth;
  let status = 0;
  try {
    become(system, server, birth, first !== undefined);
    let connection = first ?? next(system, keeps, status);
    while (connection !== undefined) {
      const { connfd } = connection;
      if (server.keepalive > 0) keepAliveOf(system, server, connection);
      served.connection = connection;
      const client = keeps === undefined ? served.client : clientOfSeveral(served);
      const result = resultOf(system, doit, connfd, client);
      c.close(connfd);
      status = result === THROWN ? 1 : result;
      connection = keeps === undefined || result === THROWN ? undefined : next(system, keeps, status);
    }
  } catch (error) {
    status = 1;
    complain('child', error);
  }
  return exit(status);
}

/** The child: it serves in its event loop. @returns what it does in the next turn of that */
function serveSocket(
  system: System,
  server: Inherited,
  onConnection: ServeSocket,
  birth: Birth,
  connection: Connection | undefined,
): () => void {
  try {
    if (connection === undefined) throw new Error('a child that lives in its event loop has a client from its birth');
    become(system, server, birth, true);
    if (server.keepalive > 0) keepAliveOf(system, server, connection);
    birth.served.connection = connection;
    const { client } = birth.served;
    const { serveInEventLoop } = require('./socket-child') as typeof import('./socket-child');
    return () => serveInEventLoop(onConnection, connection.connfd, client);
  } catch (error) {
    system.complain('child', error);
    return system.exit(1);
  }
}

/** How a child serves. Of one shape, as System is, whatever the options have besides. */
export type Serves =
  | { readonly doit: ServeClient; readonly onConnection: undefined }
  | { readonly doit: undefined; readonly onConnection: ServeSocket };

/** Undefined: nothing is forked for its clients. */
export function servesOf(options: AnyServerOptions): Serves | undefined {
  if ('doit' in options) return { doit: options.doit, onConnection: undefined };
  return 'onConnection' in options ? { doit: undefined, onConnection: options.onConnection } : undefined;
}

/** The child. Without a connection it waits for its first. Returns, where it is to serve in its event loop, with what it does in the next turn of that. */
export function serveConnection(
  system: System,
  server: Inherited,
  { doit, onConnection }: Serves,
  birth: Birth,
  connection: Connection | undefined,
): () => void {
  return doit === undefined
    ? serveSocket(system, server, onConnection, birth, connection)
    : serveClients(system, server, doit, birth, connection);
}

/** The same for children that are forked without a line of JavaScript. */
export function serveForked(
  system: System,
  server: Inherited,
  serves: Serves,
  listeners: readonly Listener[],
): ServeForked {
  const served = servedBy(system);
  return ({ connfd, peerOf, listener, isReady, isKept }) => {
    const birth = { isReady, served, keeps: isKept ? listeners : undefined };
    const connection = connfd === -1 ? undefined : { connfd, peerOf, listener: listenerAt(listeners, listener) };
    return serveConnection(system, server, serves, birth, connection);
  };
}
