import { calls } from '../calls';
import { P_PID, WEXITED, WNOHANG, WNOWAIT } from '../constants';
import { killProcess, type Pid } from '../signalling';

/**
 * Signals a child, if it is still one: as long as nobody has reaped it, its number is no other's. Asked of the kernel, as
 * the program may have reaped it.
 */
export function signalChild(pid: Pid, signo: number): void {
  const info = calls.waitid(P_PID, pid, WEXITED | WNOHANG | WNOWAIT);
  if (typeof info !== 'number') killProcess(calls, pid, signo);
}
