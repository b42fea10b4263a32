import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { isPromise } from 'node:util/types';
import { F_GETFL, F_SETFL, O_NONBLOCK, STDERR_FILENO } from '../../constants';
import type { SocketAddress } from '../../types';
import type { Groups } from './groups';
import { keepAlive } from './keepalive';
import type { Listener } from './listeners';
import type { ServeClient, Settings } from './options';
import type { System } from './surroundings';
import type { TakenSignals } from './taken-signals';

/** What a child has of its server. */
export interface Inherited {
  readonly doit: ServeClient;
  readonly settings: Settings;
  readonly listeners: readonly Listener[];
  readonly signals: TakenSignals;
  readonly groups: Groups;
  /** Seconds; 0: none. */
  readonly keepalive: number;
}

/** A connection that was accepted. */
export interface Connection {
  readonly connfd: number;
  readonly peer: SocketAddress;
  readonly listener: Listener;
}

/** On FreeBSD connfd has it from its listener, on Linux not. accept(2) */
function makeBlocking({ c }: System, connfd: number): void {
  const flags = c.fcntl(connfd, F_GETFL);
  if ((flags & O_NONBLOCK) !== 0) c.fcntl(connfd, F_SETFL, flags & ~O_NONBLOCK);
}

/** The status that the child is to exit with. */
function served({ c }: System, doit: ServeClient, { connfd, peer, listener: { address } }: Connection): number {
  try {
    const local = 'port' in address ? c.getsockname(connfd) : address;
    const result: unknown = doit(connfd, { peer, local: local === -1 ? address : local });
    if (isPromise(result))
      throw new TypeError(`doit must not be async: the child that serves connfd ${connfd} ends as it returns`);
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    writeSync(STDERR_FILENO, `[${process.pid}] doit: ${inspect(error)}\n`);
    return 1;
  }
}

/** The child. What is the server's it closes or gives back; then it serves, and leaves. */
export function serveClient(system: System, server: Inherited, connection: Connection): never {
  const { c, exit } = system;
  server.groups.lead();
  for (const listener of server.listeners) c.close(listener.fd);
  makeBlocking(system, connection.connfd);
  server.signals.giveBack();
  const { timeout } = server.settings;
  if (timeout > 0) c.alarm(timeout); // nobody handles SIGALRM: it ends the child
  if (server.keepalive > 0 && 'port' in connection.peer) keepAlive(system.posix, connection.connfd, server.keepalive);
  const status = served(system, server.doit, connection);
  c.close(connection.connfd);
  return exit(status);
}
