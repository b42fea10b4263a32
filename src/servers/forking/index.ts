/**
 * forking: what servers with a process for each connection do in production (PostgreSQL's postmaster, sshd, tcpserver,
 * s6-tcpserver, inetd, Python's ForkingMixIn), in one.
 *
 * Shows: a limit on children and on those of one address, a slot taken before fork, EMFILE and a failing fork survived
 * without a spin, SIGHUP, SIGTERM with time to finish, SIGINT, a loop over waitpid, several listeners, IPv4, IPv6 and
 * Unix sockets, and privileges dropped once it listens.
 *
 * Run:    realfork serve forking --listen 127.0.0.1:9877 -c 40        then, elsewhere:  nc 127.0.0.1 9877
 * Expect: "start 4713 from 127.0.0.1:50712", "status: 1/40", and, when the client has left,
 *         "end 4713 status 0 from 127.0.0.1:50712". kill -TERM: it takes no more clients, and ends with the last one.
 */
import { calls } from '../../calls';
import { exit, isRehearsal } from '../../fork/exit';
import { whyNotFork } from '../../fork/fork';
import { forkForClients } from '../../fork/fork-for-clients';
import { hooksOfThisFork } from '../../fork/hooks';
import { keptChildren } from '../../fork/kept-children';
import { native } from '../../native';
import { monotonic } from '../../observe/events';
import type { SocketAddress } from '../../types';
import { raisedOomScore } from '../oom-score';
import { complainer } from './complaints';
import type { AnyServerOptions, ExecServerOptions, ForkingServerOptions, SocketServerOptions } from './options';
import { rehearseChild } from './rehearsal';
import { ForkingServer as Server } from './server';
import type { ServerStatus } from './status';

export type { Descriptor, ListenAt } from './adopting';
export { jsonLog, only, type ServerEvent, serverLine, textLog } from './events';
export type {
  Client,
  ExecServerOptions,
  ForkingServerOptions,
  ServeClient,
  Settings,
  SocketServerOptions,
} from './options';
export type { ServeSocket } from './socket-child';
export type { ServerStatus } from './status';

/** What both kinds of server have. */
interface Listening {
  /**
   * Listens at all addresses, or at none, and drops its privileges, if it was told to.
   * @returns the addresses, with the ports that they got
   * @throws SyscallError EADDRINUSE, EACCES, EADDRNOTAVAIL, and what else bind(2) and listen(2) give; Error: it cannot
   *   become the user
   */
  listen(): SocketAddress[];
  /** How it is: for `reload` and `log`, say, which are called while it serves. */
  status(): ServerStatus;
}

/** A server with a child for each connection. */
export interface ForkingServer extends Listening {
  /**
   * Serves, and blocks: the event loop of the parent does not turn meanwhile. Handles SIGCHLD, SIGHUP, SIGTERM and SIGINT
   * until it returns, and reaps all children of the process. Returns when SIGTERM or SIGINT has ended it and no child is
   * left.
   * @throws SyscallError what accept(2) gives for a mistake (EBADF, EINVAL)
   */
  run(): void;
}

/** The same, whose children live in their event loop. */
export interface SocketServer extends Listening {
  /**
   * As that of a ForkingServer, from the next turn of the event loop on: the loop does not turn then until the server has
   * ended. A child comes back to its own. Handles of the program (timers, sockets, streams) are not active in it.
   * @returns resolves when the server has ended; in a child never
   */
  run(): Promise<void>;
}

/**
 * A concurrent server as they are in production: a child for each connection.
 * @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE, before anything is done
 * @example createForkingServer({ listen: { family: AF_INET, address: '127.0.0.1', port: 9877 }, doit: str_echo }).run();
 * @example createForkingServer({ listen, exec: 'cat' }).run();
 * @example createForkingServer({ listen, onConnection: (socket) => void httpServer.emit('connection', socket) }).run();
 */
export function createForkingServer(options: ForkingServerOptions | ExecServerOptions): ForkingServer;
export function createForkingServer(options: SocketServerOptions): SocketServer;
export function createForkingServer(options: AnyServerOptions): ForkingServer | SocketServer {
  const now = (): number => monotonic() / 1000;
  const hasForkHooks = (): boolean => hooksOfThisFork().length > 0;
  const complain = complainer();
  const end: (status: number) => void = exit;
  /**
   * A listener of doit's that throws has process.exit() return by that error; one of the program's own may come back. The child
   * must not: it would go on as the server.
   */
  const leave = (status: number): never => {
    try {
      end(status);
    } catch (error) {
      if (isRehearsal(error)) throw error;
      complain('exit', error);
      return native._exit(1);
    }
    return native._exit(status);
  };
  const server = new Server(options, {
    calls,
    exit: leave,
    now,
    whyNotFork,
    hasForkHooks,
    forkForClients,
    keptChildren,
    complain,
    rehearseChild,
    defaultSignals: native.defaultSignals,
    raisedOomScore,
    removeListeners: (event) => void process.removeAllListeners(event),
  });
  return !('onConnection' in options) || options.onConnection === undefined
    ? server
    : { listen: () => server.listen(), status: () => server.status(), run: () => server.start() };
}
