import { calls } from './calls';
import { checkNumber } from './checked';
import { ECHILD, ESRCH, WNOHANG } from './constants';
import { SyscallError } from './errno';
import { registerAtFork } from './fork/hooks';
import { native } from './native';
import type { WaitResult } from './types';

/** The children that are waited for. One promise for each, however often it is asked for. */
const waiting = new Map<number, Promise<WaitResult>>();

let forgetsInChild = false;

/** A forked child has the promises, and none of the children: its own half of the watches has been given up. */
function forgetInChild(): void {
  if (forgetsInChild) return;
  forgetsInChild = true;
  registerAtFork({
    afterInChild() {
      waiting.clear();
    },
  });
}

/** Undefined: it has not ended. */
function reap(pid: number): WaitResult | undefined {
  const result = calls.waitpid(pid, WNOHANG);
  if (typeof result === 'number') throw new SyscallError('waitpid', result, [pid, WNOHANG]);
  return result.pid === 0 ? undefined : result;
}

function watchUntilItEnds(pid: number): Promise<WaitResult> {
  const { promise, resolve, reject } = deferred<WaitResult>();
  const watch = native.watchChild(pid, () => {
    waiting.delete(pid);
    try {
      const result = reap(pid);
      // The kernel said that it has ended: with nothing to reap it is not ours any more.
      if (result === undefined) reject(new SyscallError('waitpid', ECHILD, [pid]));
      else resolve(result);
    } catch (error) {
      reject(error);
    }
  });
  // SIGCHLD is ignored, and it ended after the look above: the kernel has reaped it.
  if (watch === -ESRCH) throw new SyscallError('waitpid', ECHILD, [pid]);
  if (watch < 0) throw new SyscallError('waitpidAsync', watch, [pid]);
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
 * event loop stays alive meanwhile. Asked twice for the same child it gives the same promise.
 * @param pid a child of this process
 * @returns its pid and status
 * @throws (rejects with) SyscallError ECHILD if it is no child of this process, or somebody else reaped it
 *   (a waitpid(-1) in a handler, SIGCHLD ignored); EMFILE; ENOSYS on Linux before 5.3
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
  return reap(pid) ?? watchUntilItEnds(pid);
}
