import { calls } from '../../calls';
import { EBUSY, P_PID, PR_SET_CHILD_SUBREAPER, PROC_REAP_ACQUIRE } from '../../constants';
import { SyscallError } from '../../errno';

function must(syscall: string, result: number, unless?: number): void {
  if (result < 0 && result !== unless) throw new SyscallError(syscall, result);
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
