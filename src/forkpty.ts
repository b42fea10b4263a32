import type { Calls, NegativeErrno } from './native';
import type { ForkedPty, WindowSize } from './types';

/**
 * forkpty(3), of the calls that it consists of, as it is not one of the kernel's. A child that cannot have its terminal
 * leaves with status 1, as in glibc.
 */
export function forkpty(calls: Calls, winsize?: WindowSize): ForkedPty | NegativeErrno {
  const pty = calls.openpty(winsize);
  if (typeof pty === 'number') return pty;
  const { master, slave, name } = pty;
  let pid = -1;
  try {
    pid = calls.fork();
  } catch (error) {
    // A refusal: nothing has been forked, and nobody will hear of these.
    calls.close(master);
    calls.close(slave);
    throw error;
  }
  if (pid === 0) {
    calls.close(master);
    if (calls.login_tty(slave) < 0) calls._exit(1);
    return { pid, master: -1, name };
  }
  calls.close(slave);
  if (pid > 0) return { pid, master, name };
  calls.close(master);
  return pid;
}
