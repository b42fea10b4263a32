import type { ForkedForClient } from '../../fork/fork-for-clients';
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
  /** All descriptors that are nothing to a child. */
  readonly listeners: readonly { readonly fd: number }[];
  readonly signals: TakenSignals;
  readonly groups: Groups;
  /** Seconds; 0: none. */
  readonly keepalive: number;
  readonly childSignals: ChildSignals;
  readonly raiseOomScore: RaiseOomScore | undefined;
}

/** Made here and nowhere else, as System is. */
export function inheritedOf(all: Inherited): Inherited {
  const { settings, listeners, signals, groups, keepalive, childSignals, raiseOomScore } = all;
  return { settings, listeners, signals, groups, keepalive, childSignals, raiseOomScore };
}

/** A connection that was accepted. */
export interface Connection {
  readonly connfd: number;
  readonly peerOf: () => SocketAddress;
  readonly listener: Listener;
  /** Whether a child that has it has done what become() does. */
  readonly isReady: boolean;
}

/** Both ends of a connection. Each is looked up when it is wanted. */
export function clientOf({ c }: System, { connfd, peerOf, listener: { address } }: Connection): Client {
  return {
    get peer() {
      return peerOf();
    },
    get local() {
      const local = 'port' in address ? c.getsockname(connfd) : address;
      return local === -1 ? address : local;
    },
  };
}

/** The status that the child is to exit with. */
function served(system: System, doit: ServeClient, connection: Connection): number {
  const { connfd } = connection;
  try {
    const result: unknown = doit(connfd, clientOf(system, connection));
    refusePromise(result);
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    system.complain('doit', error);
    return 1;
  }
}

/** What become() does, where nothing of it is the program's: then it need not be JavaScript. */
export function childHalf({
  settings,
  listeners,
  signals,
  childSignals,
  raiseOomScore,
}: Inherited): ChildHalf | undefined {
  const ofSignals = signals.ofChild(childSignals);
  if (ofSignals === undefined || hasExitListeners()) return undefined;
  const { path, text } = raiseOomScore?.about ?? { path: '', text: '' };
  return {
    ...ofSignals,
    ...{ close: listeners.map(({ fd }) => fd), alarm: settings.timeout, scorePath: path, score: text },
  };
}

/** What is the server's the child closes or gives back. */
function become(system: System, server: Inherited, connection: Connection): void {
  if (connection.isReady) server.signals.areGivenBack();
  else becomeInJavaScript(system, server);
  if (server.keepalive > 0 && 'port' in connection.listener.address) {
    keepAlive(system.posix, connection.connfd, server.keepalive);
  }
}

function becomeInJavaScript(system: System, server: Inherited): void {
  const { c } = system;
  server.groups.leadAsChild();
  for (const listener of server.listeners) c.close(listener.fd);
  server.signals.giveBackInChild(server.childSignals);
  forgetExitListeners(system.removeListeners);
  server.raiseOomScore?.();
  const { timeout } = server.settings;
  if (timeout > 0) c.alarm(timeout); // nobody handles SIGALRM: it ends the child
}

/** The child: it serves, and leaves, whatever fails: it is no server. */
function serveClient(system: System, server: Inherited, doit: ServeClient, connection: Connection): never {
  const { c, complain, exit } = system;
  let status = 1;
  try {
    become(system, server, connection);
    status = served(system, doit, connection);
    c.close(connection.connfd);
  } catch (error) {
    complain('child', error);
  }
  return exit(status);
}

/** The child: it serves in its event loop. @returns what it does in the next turn of that */
function serveSocket(system: System, server: Inherited, onConnection: ServeSocket, connection: Connection): () => void {
  try {
    become(system, server, connection);
    const client = clientOf(system, connection);
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

/** The child. Returns, where it is to serve in its event loop, with what it does in the next turn of that. */
export function serveConnection(
  system: System,
  server: Inherited,
  { doit, onConnection }: Serves,
  connection: Connection,
): () => void {
  return doit === undefined
    ? serveSocket(system, server, onConnection, connection)
    : serveClient(system, server, doit, connection);
}

/** The same of a connection that was accepted without a line of JavaScript. */
export function serveAccepted(
  system: System,
  server: Inherited,
  serves: Serves,
  listeners: readonly Listener[],
  { connfd, peerOf, listener, isReady }: ForkedForClient,
): () => void {
  return serveConnection(system, server, serves, {
    ...{ connfd, peerOf, isReady },
    listener: listenerAt(listeners, listener),
  });
}
