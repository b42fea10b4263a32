import { checkNumber } from '../checked';
import { allFreebsdProcesses } from './freebsd/observe';
import { ifStillThere, procText } from './linux/proc';
import { allStatuses, statusOf } from './linux/status';
import { parseSyscall } from './linux/syscall';
import type { BlockedIn, ProcessView } from './types';

export type { ProcessState, ProcessView } from './types';

const onLinux = process.platform === 'linux';

const view = ({ pid, ppid, state }: ProcessView): ProcessView => ({ pid, ppid, state });

/**
 * The process, or undefined if there is none of that number, not even a zombie.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function findProcess(pid: number): ProcessView | undefined {
  checkNumber('findProcess', 'pid', pid);
  if (!onLinux) return allFreebsdProcesses().find((process) => process.pid === pid);
  const status = statusOf(pid);
  return status === undefined ? undefined : view(status);
}

/** What a process is blocked in, where the system tells. */
export function blockedIn(pid: number): BlockedIn | undefined {
  return onLinux ? parseSyscall(ifStillThere(() => procText(`${pid}/syscall`)) ?? '') : undefined;
}

/** All processes that this user may see, zombies among them. */
export function allProcesses(): ProcessView[] {
  return onLinux ? allStatuses().map(view) : allFreebsdProcesses();
}

/** The children of a process, zombies among them. @throws TypeError ERR_INVALID_ARG_TYPE */
export function childrenOf(pid: number): ProcessView[] {
  checkNumber('childrenOf', 'pid', pid);
  return allProcesses().filter((process) => process.ppid === pid);
}
