import { type ChildHalf, type ClientsTurn, native } from '../native';
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
  /** Undefined: JavaScript does it. */
  readonly childHalf: ChildHalf | undefined;
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

/** Where the native call leaves what a child is to know. */
const inChild = new Int32Array(new ArrayBuffer(20));

/** Forks of the last call: what is done every so many forks counts them before the next. */
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
 * @returns in the parent: why it has ended, and what has happened; in a child: its connection; undefined: there is something to
 *   be done for each fork, or fork() would refuse. Nothing was done then. With `keeps` it comes back to have each fork made
 */
export function forkForClients(
  wanted: ClientsWanted,
  inheritsHandles: boolean,
): ClientsTurn | ForkedForClient | undefined {
  const isPlain = isPlainFork(inheritsHandles);
  if (!isPlain && !wanted.keeps) return undefined;
  if (isPlain) {
    askKernelForProcessPid();
    runRehearsals();
  }
  const tuning = tuningOfThisFork();
  for (; forks > 0; --forks) tuning?.beforeFork();
  const { allowThreads, patience } = USUAL;
  const turn = native.forkForClients(
    ...([patience.workers, patience.pool, allowThreads, Number(process.exitCode ?? 0)] as const),
    ...([writesUnderWay, safepoint, tuning !== undefined] as const),
    ...([wanted.listeners, wanted.others, wanted.children, wanted.room] as const),
    ...([wanted.mask, wanted.time, wanted.tellWithin, inChild, wanted.childHalf, isPlain] as const),
  );
  const pid = turn === null ? 0 : 1;
  noteSide(pid);
  tuning?.afterFork(pid);
  if (turn !== null) {
    forks = forksOf(turn);
    return turn;
  }
  const [connfd = -1, listener = 0, isProfiled, failure = 0, isKept] = inChild;
  orThrow('sigaction', failure);
  if (isProfiled === 1) guardProfilers();
  const isReady = wanted.childHalf !== undefined;
  return { isReady, isKept: isKept === 1, connfd, listener, peerOf: native.peerOfClient };
}
