import type { Socket } from 'node:net';
import type { Unp } from '../../unp/wrappers';

/**
 * What serves one client, on its connected socket; it may block, as it has a process or a thread of its own.
 * `unp`: the server's own calls, so that what is done through them is traced as well.
 */
export type ServiceDoit = (connfd: number, unp: Unp) => void;

/** What a server can do for its clients. */
export interface Service {
  readonly doit?: ServiceDoit | undefined;
  /** The same where all clients share one thread, and nothing may block. The socket allows half-open connections. */
  readonly onConnection?: ((socket: Socket) => void) | undefined;
}
