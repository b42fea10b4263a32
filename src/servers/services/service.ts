import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { isAsyncFunction, isGeneratorFunction, isPromise } from 'node:util/types';
import type { Unp } from '../../unp/wrappers';

/**
 * What serves one client, on its connected socket; it may block, as it has a process or a thread of its own.
 * `unp`: the server's own calls, so that what is done through them is traced as well.
 */
export type ServiceDoit = (connfd: number, unp: Unp) => void;

/** What a server can do for its clients. */
export interface Service {
  readonly doit?: ServiceDoit | undefined;
  /**
   * Sends on its socket what a client sends, all of it: doit is tried on the other end before the server's first fork, so that
   * no child has to compile it. It must be ready for that to happen a number of times, in the server.
   */
  readonly rehearse?: ((client: number, unp: Unp) => void) | undefined;
  /** The same where all clients share one thread, and nothing may block. The socket allows half-open connections. */
  readonly onConnection?: ((socket: Socket) => void) | undefined;
}

const WHY =
  'its client is served when it returns, and the connection is closed then. Use the blocking calls (Readn, Writen, …), or ' +
  'export onConnection(socket) for a server whose clients are served in an event loop';

/** A doit that serves nobody before it returns. @throws TypeError */
export function refuseAsync(name: string, doit: unknown): void {
  if (!isAsyncFunction(doit) && !isGeneratorFunction(doit)) return;
  throw new TypeError(`${name}: doit must not be async, nor a generator: ${WHY}`);
}

/** The same where only its result tells. @throws TypeError */
export function refusePromise(result: unknown, name = 'doit', why = WHY): void {
  if (!isPromise(result)) return;
  result.catch(() => {}); // nobody waits for it
  throw new TypeError(`${name} must not be async, and has given a promise: ${why}`);
}

/** doit with the calls of its server. What it throws ends the process: in a child nobody catches it. */
export function bound(doit: ServiceDoit, unp: Unp): (connfd: number) => void {
  return (connfd) => {
    try {
      refusePromise(doit(connfd, unp));
    } catch (error) {
      unp.err_quit(inspect(error)); /* with its stack, as Node prints what nobody catches */
    }
  };
}
