import { calls } from './calls';
import { checkNumber } from './checked';
import { ECHILD, ENOSYS, EPERM, ESRCH, WNOHANG } from './constants';
import { SyscallError } from './errno';
import { registerAtFork } from './fork/hooks';
import { native } from './native';
import type { WaitResult } from './types';

/** The children that are waited for. One promise for each, however often it is asked for. */
const waiting = new Map<number, Promise<WaitResult>>();

/** The timers of those that are looked for, and not watched. */
const looking = new Map<number, NodeJS.Timeout>();

let forgetsInChild = false;

/** A forked child has the promises, and none of the children: its own half of the watches has been given up. */
function forgetInChild(): void {
  if (forgetsInChild) return;
  forgetsInChild = true;
  registerAtFork({
    afterInChild() {
      waiting.clear();
      for (const timer of looking.values()) clearTimeout(timer);
      looking.clear();
    },
  });
}

/** Undefined: it has not ended. */
function reap(pid: number): WaitResult | undefined {
  const result = calls.waitpid(pid, WNOHANG);
  if (typeof result === 'number') throw new SyscallError('waitpid', result, [pid, WNOHANG]);
  return result.pid === 0 ? undefined : result;
}

/** Where the kernel has no word of the end of a process: before Linux 5.3, and under an older seccomp profile. */
const NO_WATCH: readonly number[] = [-ENOSYS, -EPERM];

/** From one look to the next, twice as long each time. Milliseconds. */
const LOOKS = { first: 1, longest: 50 };

/** Looks again and again. `reaped` says when it is over. */
function lookUntilItEnds(pid: number, reaped: () => boolean, pause = LOOKS.first): void {
  const look = (): void => {
    looking.delete(pid);
    if (!reaped()) lookUntilItEnds(pid, reaped, Math.min(pause * 2, LOOKS.longest));
  };
  looking.set(pid, setTimeout(look, pause));
}

function waitUntilItEnds(pid: number): Promise<WaitResult> {
  const { promise, resolve, reject } = deferred<WaitResult>();
  const reaped = (): boolean => {
    try {
      const result = reap(pid);
      if (result === undefined) return false;
      resolve(result);
    } catch (error) {
      reject(error);
    }
    waiting.delete(pid);
    return true;
  };
  const watch = native.watchChild(pid, () => {
    if (reaped()) return;
    // The kernel said that it has ended: with nothing to reap it is not ours any more.
    waiting.delete(pid);
    reject(new SyscallError('waitpid', ECHILD, [pid]));
  });
  // SIGCHLD is ignored, and it ended after the look above: the kernel has reaped it.
  if (watch === -ESRCH) throw new SyscallError('waitpid', ECHILD, [pid]);
  if (NO_WATCH.includes(watch)) lookUntilItEnds(pid, reaped);
  else if (watch < 0) throw new SyscallError('waitpidAsync', watch, [pid]);
  forgetInChild();
  waiting.set(pid, promise);
  return promise;
}

function deferred<Value>(): {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/**
 * Waits for the end of a child without blocking, and reaps it: no zombie, no thread, no signal needed. The
 * event loop stays alive meanwhile. Asked twice for the same child it gives the same promise. Where the kernel has no
 * pidfd_open(2), or forbids it (a container's seccomp profile), it looks every 50 ms at the latest.
 * @param pid a child of this process
 * @returns its pid and status
 * @throws (rejects with) SyscallError ECHILD if it is no child of this process, or somebody else reaped it
 *   (a waitpid(-1) in a handler, SIGCHLD ignored); EMFILE
 * @see waitpid(2), pidfd_open(2), kqueue(2) EVFILT_PROC
 */
export async function waitpidAsync(pid: number): Promise<WaitResult> {
  checkNumber('waitpidAsync', 'pid', pid);
  const known = waiting.get(pid);
  if (known !== undefined) return known;
  if (!Number.isInteger(pid) || pid < 1) {
    throw Object.assign(
      new RangeError(`The argument "pid" of waitpidAsync() must be the pid of one child. Received ${pid}`),
      {
        code: 'ERR_OUT_OF_RANGE',
      },
    );
  }
  return reap(pid) ?? waitUntilItEnds(pid);
}
