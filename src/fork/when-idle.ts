import { onAbort } from '../abort-listeners';
import { wrongType } from '../checked';
import { SyscallError } from '../errno';
import { native, quiesce } from '../native';
import { checkOptions } from '../options';
import type { ForkWhenIdleOptions } from '../types';
import { type ForkSettings, forkAs, forkSettings } from './fork';
import { refusal } from './workers';

/** fork() for programs that live in their event loop: it turns until nothing is in the way. */

interface Waiting {
  /** As fork(): the pid, 0, or the negative errno. */
  readonly fork: () => number;
  readonly resolve: (pid: number) => void;
  readonly reject: (error: unknown) => void;
  /** The signal is nothing to it any more. */
  forgetSignal: () => void;
}

/** In the order of their calls: each has a fork of its own. */
let queue: Waiting[] = [];
/** The process whose calls these are: a child has its parent's in its memory. */
let owner = native.getpid();

function ownQueue(): Waiting[] {
  const pid = native.getpid();
  if (pid !== owner) queue = [];
  owner = pid;
  return queue;
}

/** Threads that were at rest a moment ago are at rest, or have a job again: then the loop turns on. Milliseconds. */
const PATIENCE = { workers: 20, pool: 20 };

const BUSY = ['ERR_FORK_THREAD_POOL_BUSY', 'ERR_FORK_WORKERS_BUSY'];

const isBusy = (error: unknown): boolean => BUSY.includes((error as NodeJS.ErrnoException).code ?? '');

function leave(waiting: Waiting): void {
  queue = queue.filter((other) => other !== waiting);
  waiting.forgetSignal();
}

function forkForFirst(): void {
  const [first] = ownQueue();
  if (first === undefined) return;
  try {
    const pid = first.fork();
    leave(first);
    if (pid < 0) first.reject(new SyscallError('fork', pid));
    else first.resolve(pid);
  } catch (error) {
    if (!isBusy(error)) {
      leave(first);
      first.reject(error);
    }
  }
  if (ownQueue().length > 0) quiesce().whenAtRest(forkForFirst);
}

/**
 * Calls `fork`, once nothing is in the way; again, if it says that something is. It may have more to do right before and
 * after its fork.
 * @param call for messages
 * @param signal ends the wait
 * @throws (rejects with) what `fork` throws but that threads are busy; the signal's reason; Error ERR_FORK_IN_WORKER
 */
export async function whenIdle(call: string, signal: AbortSignal | undefined, fork: () => number): Promise<number> {
  if (!native.isMainThread()) {
    throw refusal('ERR_FORK_IN_WORKER', `${call}() works on the main thread only. Ask that to fork.`);
  }
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const waiting: Waiting = { fork, resolve, reject, forgetSignal: () => {} };
    waiting.forgetSignal = onAbort(signal, () => {
      // A child has the signal and the promise too: whoever aborts it there has nothing to do with this wait.
      if (!ownQueue().includes(waiting)) return;
      leave(waiting);
      if (queue.length === 0) quiesce().whenAtRest();
      reject(signal?.reason);
    });
    ownQueue().push(waiting);
    quiesce().whenAtRest(forkForFirst);
  });
}

/** For a fork that does not wait for threads: it is tried when they are at rest. */
export const withoutPatience = (settings: ForkSettings): ForkSettings => ({ ...settings, patience: PATIENCE });

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkSignal(call: string, signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongType(call, 'options.signal', 'an AbortSignal', signal);
  }
}

/**
 * As fork(), when libuv's pool, the streams and V8's workers are at rest: the event loop turns until they are, and is never
 * made to wait. A read from a pipe by node:fs is a job of the pool for as long as it takes: an AbortSignal ends the wait.
 * @param options as fork()'s, without `patience`; `signal`
 * @returns on both sides: the child's process ID in the parent, 0 in the child. Other calls that waited in the parent never
 *   settle in the child
 * @throws (rejects with) what fork() throws but that threads are busy; the signal's reason; TypeError ERR_INVALID_ARG_TYPE
 * @see fork(2)
 */
export async function forkWhenIdle(options: ForkWhenIdleOptions = {}): Promise<number> {
  checkOptions('forkWhenIdle', 'options', options, ['inheritHandles', 'allowThreads', 'signal']);
  const { signal, ...others } = options;
  const settings = forkSettings('forkWhenIdle', others);
  checkSignal('forkWhenIdle', signal);
  return whenIdle('forkWhenIdle', signal, () => forkAs(withoutPatience(settings)));
}
