import { calls } from '../../calls';
import {
  EBUSY,
  P_PID,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  PROC_PDEATHSIG_CTL,
  PROC_REAP_ACQUIRE,
  SIGKILL,
} from '../../constants';
import { SyscallError } from '../../errno';

function must(syscall: string, result: number, unless?: number): void {
  if (result < 0 && result !== unless) throw new SyscallError(syscall, result);
}

/**
 * This process is killed when its parent ends: a program that kills the warden has no time to kill whom it would have
 * for a parent then, which is the grader. prctl(2), PR_SET_PDEATHSIG; procctl(2), PROC_PDEATHSIG_CTL
 */
export function dieWithParent(): void {
  if (PR_SET_PDEATHSIG !== undefined) must('prctl', calls.prctl(PR_SET_PDEATHSIG, SIGKILL));
  if (PROC_PDEATHSIG_CTL !== undefined) must('procctl', calls.procctl(P_PID, 0, PROC_PDEATHSIG_CTL, SIGKILL));
}

/**
 * From now on an orphan among the descendants of this process becomes its child, where it would become init's: nothing
 * that it starts gets away by ending its parent. prctl(2), PR_SET_CHILD_SUBREAPER; procctl(2), PROC_REAP_ACQUIRE
 */
export function becomeReaper(): void {
  // Each constant is there on one of the two systems. EBUSY: it is one already. procctl(2)
  if (PR_SET_CHILD_SUBREAPER !== undefined) must('prctl', calls.prctl(PR_SET_CHILD_SUBREAPER, 1));
  if (PROC_REAP_ACQUIRE !== undefined) must('procctl', calls.procctl(P_PID, process.pid, PROC_REAP_ACQUIRE), -EBUSY);
}
