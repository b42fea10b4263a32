import { type BeBorn, type ChildHalf, type ClientsTurn, native } from '../native';
import { orThrow } from '../posix/or-throw';
import type { SocketAddress, Timespec } from '../types';
import { noteSide } from './exit';
import { askKernelForProcessPid, safepoint, USUAL } from './fork';
import { hooksOfThisFork } from './hooks';
import { inheritedState } from './inherited';
import { guardProfilers } from './profilers';
import { refuseSecondCopy } from './refusal';
import { runRehearsals } from './rehearsal';
import { tuningOfThisFork } from './tuning';
import { refuseBesideWorkers } from './workers';
import { writesUnderWay } from './writes';

/** See Native.forkForClients. */
export interface ClientsWanted {
  readonly listeners: readonly number[];
  readonly others: readonly number[];
  readonly children: readonly number[];
  readonly room: number;
  readonly mask: readonly number[];
  readonly time: Timespec | null;
  readonly tellWithin: number;
  readonly tellAt: number;
  /** Undefined: JavaScript does it. */
  readonly childHalf: ChildHalf | undefined;
  /** In the child. */
  readonly serve: ServeForked;
  /** Whether children wait for clients by themselves: then it waits and accepts also where it may not fork. */
  readonly keeps: boolean;
}

/** In a child: the connection that it is to serve, and the index of the listener by which it came. */
export interface ForkedForClient {
  /** Whether its half has been done. */
  readonly isReady: boolean;
  /** Whether it may take clients by itself: KeptChildren. */
  readonly isKept: boolean;
  /** -1: a spare child has none yet. */
  readonly connfd: number;
  readonly listener: number;
  /** Looked up when it is wanted. */
  readonly peerOf: () => SocketAddress;
}

/** What a child does, from its birth on. It ends there, or comes back with what it does in the next turn of its event loop. */
export type ServeForked = (child: ForkedForClient) => () => void;

/** For the next child: who is called, and what of its birth is known before. */
interface Expecting extends Pick<ForkedForClient, 'isReady' | 'peerOf'> {
  readonly serve: ServeForked;
}

let expecting: Expecting | undefined;
/** In a child that has come back from there. */
let nextTurn: (() => void) | undefined;

/**
 * A child begins. The native call ends in this one: what called it in the parent is not run by each child. Rehearsed with the
 * parent's pid.
 * @param pid as fork() gives it @param failure of its half: 0 or the negative errno
 */
const beBorn: BeBorn = (pid, connfd, listener, isKept, isProfiled, failure) => {
  noteSide(pid);
  tuningOfThisFork()?.afterFork(pid);
  if (failure < 0) orThrow('sigaction', failure);
  if (isProfiled) guardProfilers();
  if (expecting === undefined) return;
  const { serve, isReady, peerOf } = expecting;
  nextTurn = serve({ isReady, isKept, connfd, listener, peerOf });
};

/** In the parent: what beBorn() is and calls is compiled there, once. @throws what `serve` does */
export function rehearseBirth(
  serve: ServeForked,
  { isReady, isKept, connfd, listener, peerOf }: ForkedForClient,
): void {
  expecting = { serve, isReady, peerOf };
  beBorn(1, connfd, listener, isKept, false, 0);
}

/** Of the last call: what is done every so many forks counts them before the next. */
let forks = 0;

const forksOf = ({ happened }: ClientsTurn): number =>
  happened.filter(({ what }) => what === 'forked' || what === 'spare').length;

/** Whether fork() would have nothing to do for each fork, and would not refuse it. */
function isPlainFork(inheritsHandles: boolean): boolean {
  if (hooksOfThisFork().length > 0) return false;
  try {
    if (inheritedState(inheritsHandles) !== undefined) return false;
    refuseSecondCopy();
    refuseBesideWorkers();
  } catch {
    return false; // fork() says it
  }
  return true;
}

/**
 * Accepts, forks and reaps without a line of JavaScript in between. What fork() does before and after a fork is done
 * once: so there must be nothing that is to be done for each.
 * @param inheritsHandles as fork()'s `inheritHandles`
 * @returns in the parent: why it has ended, and what has happened; in a child what `serve` has come back with; undefined: there is
 *   something to be done for each fork, or fork() would refuse. Nothing was done then. With `keeps` it comes back to have each
 *   fork made
 */
export function forkForClients(
  wanted: ClientsWanted,
  inheritsHandles: boolean,
): ClientsTurn | (() => void) | undefined {
  const isPlain = isPlainFork(inheritsHandles);
  if (!isPlain && !wanted.keeps) return undefined;
  if (isPlain) {
    askKernelForProcessPid();
    runRehearsals();
  }
  const tuning = tuningOfThisFork();
  tuning?.beforeFork(forks);
  forks = 0;
  const { allowThreads, patience } = USUAL;
  expecting = { serve: wanted.serve, isReady: wanted.childHalf !== undefined, peerOf: native.peerOfClient };
  const turn = native.forkForClients(
    ...([patience.workers, patience.pool, allowThreads, Number(process.exitCode ?? 0)] as const),
    ...([writesUnderWay, safepoint, tuning !== undefined] as const),
    ...([wanted.listeners, wanted.others, wanted.children, wanted.room] as const),
    ...([wanted.mask, wanted.time, wanted.tellWithin, wanted.tellAt, beBorn, wanted.childHalf, isPlain] as const),
  );
  if (turn === null) return nextTurn;
  noteSide(1);
  tuning?.afterFork(1);
  forks = forksOf(turn);
  return turn;
}
