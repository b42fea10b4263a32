import { forkpty } from '../forkpty';
import type { Calls } from '../native';
import type { ForkedPty, Pty, WindowSize } from '../types';
import { orThrow } from './or-throw';

/** Sessions, process groups and terminals. */
export interface SessionCalls {
  /** @returns the new session's ID, which is this process's. @throws SyscallError EPERM (it leads a group). setsid(2), APUE 9.5 */
  setsid(): number;

  /** @param pid 0, or left out: this process. @throws SyscallError ESRCH, EPERM. getsid(2) */
  getsid(pid?: number): number;

  /**
   * Puts a process into a group of the same session. A shell does so in the child and in the parent: whichever comes
   * first, neither goes on before it is done.
   * @param pid 0: this process; else a child that has not called exec
   * @param pgid 0: a group of its own
   * @throws SyscallError EACCES (the child has called exec), EPERM, ESRCH, EINVAL
   * @see setpgid(2), APUE 9.4
   */
  setpgid(pid: number, pgid: number): void;

  /** @param pid 0: this process. @throws SyscallError ESRCH, EPERM. getpgid(2) */
  getpgid(pid: number): number;

  /** @returns this process's group. getpgrp(2) */
  getpgrp(): number;

  /** @returns the group that has the terminal. @throws SyscallError ENOTTY, EBADF. tcgetpgrp(3), APUE 9.7 */
  tcgetpgrp(fd: number): number;

  /**
   * Gives the terminal to a group of the session. From a group that has it not: SIGTTOU, unless that is ignored or
   * blocked.
   * @throws SyscallError ENOTTY, EPERM, EINVAL, EINTR
   * @see tcsetpgrp(3), APUE 9.7
   */
  tcsetpgrp(fd: number, pgrp: number): void;

  /** A pseudo-terminal. @throws SyscallError EMFILE, ENFILE, ENOSPC (no more of them), ... openpty(3) */
  openpty(winsize?: WindowSize): Pty;

  /**
   * Begins a session with this terminal as its controlling one, and makes it descriptors 0, 1 and 2.
   * @throws SyscallError EPERM (this process leads a group), ENOTTY
   * @see login_tty(3)
   */
  login_tty(fd: number): void;

  /** fork whose child has a pseudo-terminal of its own, the other side of which the parent is given. @throws as fork and openpty. forkpty(3) */
  forkpty(winsize?: WindowSize): ForkedPty;
}

export function sessionCalls(calls: Calls): SessionCalls {
  return {
    setsid: () => orThrow('setsid', calls.setsid()),
    getsid: (pid = 0) => orThrow('getsid', calls.getsid(pid), pid),
    setpgid: (pid, pgid) => void orThrow('setpgid', calls.setpgid(pid, pgid), pid, pgid),
    getpgid: (pid) => orThrow('getpgid', calls.getpgid(pid), pid),
    getpgrp: () => calls.getpgrp(),
    tcgetpgrp: (fd) => orThrow('tcgetpgrp', calls.tcgetpgrp(fd), fd),
    tcsetpgrp: (fd, pgrp) => void orThrow('tcsetpgrp', calls.tcsetpgrp(fd, pgrp), fd, pgrp),
    openpty: (winsize) => orThrow('openpty', calls.openpty(winsize)),
    login_tty: (fd) => void orThrow('login_tty', calls.login_tty(fd), fd),
    forkpty: (winsize) => orThrow('forkpty', forkpty(calls, winsize)),
  };
}
