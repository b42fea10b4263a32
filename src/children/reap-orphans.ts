import { calls } from '../calls';
import { P_PID, PR_SET_CHILD_SUBREAPER, PROC_REAP_ACQUIRE, WNOHANG } from '../constants';
import { hearer } from '../fork/forked';
import { registerAtFork } from '../fork/hooks';
import { native } from '../native';
import { childrenOf } from '../observe/processes';
import { checkOptions } from '../options';
import { orThrow } from '../posix/or-throw';
import { isSpawned } from '../spawned-children';
import type { WaitResult } from '../types';
import { checkFunction } from './in-child';

export interface ReapOptions {
  /** Called with each orphan that was reaped. */
  readonly onReaped?: (orphan: WaitResult) => void;
}

/** Not the parent's to hear, where it is a child. */
let stopReaping: (() => void) | undefined;

/** Orphans become this process's children, if it is not process 1 anyway. prctl(2), procctl(2) */
function adoptOrphans(): void {
  if (native.getpid() === 1) return;
  if (PR_SET_CHILD_SUBREAPER !== undefined) orThrow('prctl', calls.prctl(PR_SET_CHILD_SUBREAPER, 1));
  if (PROC_REAP_ACQUIRE !== undefined) orThrow('procctl', calls.procctl(P_PID, 0, PROC_REAP_ACQUIRE));
}

/**
 * Reaps what other processes have left: for process 1 of a container, whose children orphans become, and for any other, which
 * this makes their parent. Children of the program's own are left to it, whether they were started by fork(), posix_spawn(),
 * this module or child_process.
 *
 * One call at a time: a second takes the place of the first.
 * @returns ends it
 * @throws TypeError ERR_INVALID_ARG_TYPE; SyscallError of prctl(2), procctl(2)
 * @see prctl(2) PR_SET_CHILD_SUBREAPER, procctl(2) PROC_REAP_ACQUIRE, wait(2), TLPI 26.2
 */
export function reapOrphans(options: ReapOptions = {}): () => void {
  checkOptions('reapOrphans', 'options', options, ['onReaped']);
  const { onReaped = () => {} } = options;
  checkFunction('reapOrphans', 'options.onReaped', onReaped);
  stopReaping?.();
  adoptOrphans();
  const own = new Set(childrenOf(native.getpid()).map(({ pid }) => pid));
  const reap = (): void => {
    const children = childrenOf(native.getpid());
    for (const pid of own) if (!children.some((child) => child.pid === pid)) own.delete(pid);
    for (const { pid, state } of children) {
      if (state !== 'zombie' || own.has(pid) || isSpawned(pid)) continue;
      const result = calls.waitpid(pid, WNOHANG);
      if (typeof result !== 'number' && result.pid === pid) onReaped(result);
    }
  };
  const stop = (): void => {
    hearer.tell = undefined;
    process.off('SIGCHLD', reap);
    forgetInChild();
    stopReaping = undefined;
  };
  const forgetInChild = registerAtFork({ afterInChild: stop });
  hearer.tell = (pid) => own.add(pid);
  process.on('SIGCHLD', reap);
  stopReaping = stop;
  reap(); // those that have come before anybody listened
  return stop;
}
