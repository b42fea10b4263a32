import { calls } from '../calls';
import { P_PID, PR_SET_PDEATHSIG, PROC_PDEATHSIG_CTL, SIGKILL } from '../constants';
import { SyscallError } from '../errno';

function must(syscall: string, result: number): void {
  if (result < 0) throw new SyscallError(syscall, result);
}

/**
 * This process is killed when its parent ends, however that ends. A change of user undoes it.
 * prctl(2), PR_SET_PDEATHSIG; procctl(2), PROC_PDEATHSIG_CTL
 *
 * @param parent whose end it is: where it has ended before this was called, this process ends now
 */
export function dieWithParent(parent: number): void {
  if (PR_SET_PDEATHSIG !== undefined) must('prctl', calls.prctl(PR_SET_PDEATHSIG, SIGKILL));
  if (PROC_PDEATHSIG_CTL !== undefined) must('procctl', calls.procctl(P_PID, 0, PROC_PDEATHSIG_CTL, SIGKILL));
  if (calls.getppid() !== parent) calls._exit(1);
}
