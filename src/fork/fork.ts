import { outOfRange, wrongType } from '../checked';
import { type NotForked, native } from '../native';
import { checkOptions } from '../options';
import type { ForkOptions } from '../types';
import { noteSide } from './exit';
import { hearer } from './forked';
import { hooksOfThisFork, runAfter, runBefore } from './hooks';
import { inheritedState } from './inherited';
import { guardProfilers } from './profilers';
import { refusalOf, refuseSecondCopy } from './refusal';
import { runRehearsals } from './rehearsal';
import { tuningOfThisFork } from './tuning';
import { refuseBesideWorkers } from './workers';
import { writesUnderWay } from './writes';

/** Asked once: fork(2) leaves the thread what it is. */
const onMainThread = native.isMainThread();

/**
 * How long busy threads may take to come to rest. Milliseconds. V8's workers come to rest by themselves while this thread
 * stands still; a thread of libuv's pool may wait for something that this thread is to do.
 */
const PATIENCE = { workers: 5_000, pool: 250 };

let pidIsLive = false;

/**
 * Node notes process.pid once, so a child would have its parent's. Asked of the kernel each time it is
 * right in every child, and no child pays for a change of `process`.
 */
export function askKernelForProcessPid(): void {
  if (pidIsLive) return;
  Object.defineProperty(process, 'pid', { get: native.currentPid, enumerable: true, configurable: true });
  pidIsLive = true;
}

/** The options with nothing left out. */
export interface ForkSettings {
  readonly inheritHandles: boolean;
  readonly allowThreads: boolean;
  readonly patience: Readonly<typeof PATIENCE>;
}

export const USUAL: ForkSettings = { inheritHandles: true, allowThreads: false, patience: PATIENCE };

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function forkSettings(call: string, options: ForkOptions): ForkSettings {
  checkOptions(call, 'options', options, ['inheritHandles', 'allowThreads', 'patience']);
  const { inheritHandles = true, allowThreads = false, patience } = options;
  if (typeof inheritHandles !== 'boolean') throw wrongType(call, 'options.inheritHandles', 'a boolean', inheritHandles);
  if (typeof allowThreads !== 'boolean') throw wrongType(call, 'options.allowThreads', 'a boolean', allowThreads);
  if (patience !== undefined) {
    if (typeof patience !== 'number') throw wrongType(call, 'options.patience', 'a number', patience);
    if (!(patience >= 0)) throw outOfRange(call, 'options.patience', '>= 0', patience);
  }
  return {
    inheritHandles,
    allowThreads,
    patience: patience === undefined ? PATIENCE : { workers: patience, pool: patience },
  };
}

/** Called between tries to park V8's workers: V8 does on the way in what they may be waiting for. */
export const safepoint = (): void => {};

/** The fork, with all that must happen in order, or a rehearsal of it. */
function transact(settings: ForkSettings, isTuned: boolean, isRehearsal: boolean): ReturnType<typeof native.fork> {
  const { allowThreads, patience } = settings;
  const status = Number(process.exitCode ?? 0);
  return native.fork(
    patience.workers,
    patience.pool,
    allowThreads,
    status,
    writesUnderWay,
    safepoint,
    isTuned,
    isRehearsal,
  );
}

function whyRefused({ patience }: ForkSettings, outcome: NotForked): Error | undefined {
  return refusalOf(outcome, outcome.reason === 'workers busy' ? patience.workers : patience.pool);
}

/** @returns as fork(2), or the negative errno @throws what it refuses */
function forkOnce(settings: ForkSettings, isTuned: boolean): number {
  const outcome = transact(settings, isTuned, false);
  if (typeof outcome === 'number') return outcome;
  if (outcome === 'profiled') {
    guardProfilers();
    return 0;
  }
  throw whyRefused(settings, outcome);
}

/** Parks threads and lets them go, as for a fork, and makes none: what it has seen. */
export function lookForFork(): NotForked {
  const seen = transact(USUAL, false, true);
  if (typeof seen !== 'object') throw new Error(`a rehearsal of fork() gave ${seen}`);
  return seen;
}

/** As fork(), with options that were checked. */
export function forkAs(settings: ForkSettings): number {
  refuseSecondCopy();
  if (!settings.allowThreads) refuseBesideWorkers();
  const hooks = hooksOfThisFork();
  runBefore(hooks);
  askKernelForProcessPid();
  runRehearsals();
  const makeStateItsOwn = inheritedState(settings.inheritHandles);
  const tuning = tuningOfThisFork();
  tuning?.beforeFork(1);
  let pid = -1;
  try {
    pid = forkOnce(settings, tuning !== undefined);
  } finally {
    // A fork that was refused is over for them as one that failed.
    if (pid < 0 && hooks.length > 0) runAfter(hooks, 'afterInParent');
  }
  // From here to its end all of it runs on both sides: what only children ran would be compiled, and its properties
  // looked up, in every child.
  noteSide(pid);
  if (pid > 0) hearer.tell?.(pid); // no call of ours, which each child would make too
  tuning?.afterFork(pid);
  if (pid >= 0) makeStateItsOwn?.(pid === 0);
  if (pid >= 0 && hooks.length > 0) runAfter(hooks, pid === 0 ? 'afterInChild' : 'afterInParent');
  return pid;
}

/**
 * fork(2), made safe: helper threads parked, its heap made inheritable, the child's event loop
 * repaired and all its ways out led through _exit(2). Returns as fork(2), or the negative errno.
 * Throws, having done nothing, where a child could hang: see docs/how-it-works.md.
 */
export function fork(options?: ForkOptions): number {
  const settings = options === undefined ? USUAL : forkSettings('fork', options);
  // In a worker the call itself refuses.
  if (!onMainThread) return forkOnce(settings, false);
  return forkAs(settings);
}

/**
 * What fork() would refuse at this moment, or undefined. No child is made, and no hook is called. Servers ask before they
 * listen.
 */
export function whyNotFork(): unknown {
  try {
    refuseSecondCopy();
    refuseBesideWorkers();
    return whyRefused(USUAL, lookForFork());
  } catch (error) {
    return error;
  }
}
