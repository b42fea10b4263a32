import { type ClientsEvent, native } from '../native';
import type { SocketAddress } from '../types';

/** A client that a child has taken by itself. */
export interface TakenClient {
  readonly connfd: number;
  /** The index of its listener. */
  readonly listener: number;
  readonly peer: SocketAddress;
}

/** Children that wait for clients by themselves: native/idle_children.h. forkForClients() forks them. */
export interface KeptChildren {
  /**
   * Children that are forked from now on serve so many clients, and so many of them are idle. `timeout`: seconds that each
   * client may take, 0 for ever; `reports`: whether the server is to know of each client, and not only how many there were.
   * @returns a descriptor that is readable when there are reports, or the negative errno
   */
  readonly keep: (requests: number, spare: number, timeout: number, reports: boolean) => number;
  /**
   * Those that there are end when they have served their client; others come in their place. @returns 0 or the negative errno:
   * then nothing was done
   */
  readonly replace: (timeout: number) => number;
  /** Those that there are end when they have served their client. */
  readonly end: () => void;
  /** What keep() has opened is closed. */
  readonly keepNone: () => void;
  /** fork() makes such a child next, where forkForClients() does not. `isSpare`: it has no client yet. */
  readonly prepare: (isSpare: boolean, listeners: readonly number[]) => void;
  /** That was done: in the server. @param pid negative: there is no child */
  readonly made: (pid: number) => void;
  /** Whether this process is such a child. */
  readonly isKept: () => boolean;
  /** A child was reaped. */
  readonly hasEnded: (pid: number) => void;
  /** What children have told since it was asked, and how many connections they have accepted. */
  readonly reports: () => { readonly happened: readonly ClientsEvent[]; readonly accepted: number };
  /** In such a child: its next client; undefined: there is none, and it is to end. @param status of the one before */
  readonly next: (status: number) => TakenClient | undefined;
}

/** Where the native call leaves what it has found. */
const taken = new Int32Array(new ArrayBuffer(8));

function next(status: number): TakenClient | undefined {
  if (!native.nextClient(status, taken)) return undefined;
  const [connfd = -1, listener = 0] = taken;
  return { connfd, listener, peer: native.peerOfClient() };
}

export const keptChildren: KeptChildren = {
  keep: native.keepChildren,
  replace: native.replaceChildren,
  end: native.endChildren,
  keepNone: native.keepNoChildren,
  prepare: native.prepareChild,
  made: native.childIsMade,
  isKept: native.isKept,
  hasEnded: native.childHasEnded,
  reports: native.reportsOfChildren,
  next,
};
