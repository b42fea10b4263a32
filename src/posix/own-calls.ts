import type { Calls } from '../native';
import { orThrow } from './or-throw';

/** Calls that one system alone has. Elsewhere they throw ENOSYS, and their constants are undefined. */
export interface OwnCalls {
  /**
   * Linux. PR_SET_PDEATHSIG: the signal that this process gets when its parent ends (0: none), lost by a fork.
   * PR_SET_CHILD_SUBREAPER: orphans among the descendants become children of this process (1) or do not (0).
   * PR_GET_PDEATHSIG and PR_GET_CHILD_SUBREAPER give them.
   * @throws SyscallError EINVAL (also for every other option), ENOSYS
   * @see prctl(2)
   */
  prctl(option: number, arg?: number): number;

  /**
   * FreeBSD. PROC_PDEATHSIG_CTL (PROC_PDEATHSIG_STATUS gives it), PROC_REAP_ACQUIRE, PROC_REAP_RELEASE: as prctl of Linux,
   * but that a process which is one already gets EBUSY.
   * @param idtype P_PID
   * @param id 0: this process
   * @throws SyscallError EINVAL (also for every other command), ENOSYS
   * @see procctl(2)
   */
  procctl(idtype: number, id: number, cmd: number, arg?: number): number;

  /**
   * Linux. A descriptor for a process, which cannot come to mean another one: for waitid (P_PIDFD),
   * pidfd_send_signal, and poll, which finds it readable when the process has ended. Closed on exec.
   * @throws SyscallError ESRCH, EMFILE, EINVAL, ENOSYS
   * @see pidfd_open(2)
   */
  pidfd_open(pid: number, flags?: number): number;

  /** Linux. kill by a pidfd. @throws SyscallError ESRCH (it has ended), EPERM, EBADF, EINVAL, ENOSYS. pidfd_send_signal(2) */
  pidfd_send_signal(pidfd: number, sig: number, flags?: number): void;

  /**
   * Linux. A descriptor to read signals from, which are to be blocked: SIGNALFD_SIGINFO_SIZE bytes each, for
   * signalfd_siginfo().
   * @param fd -1: a new one
   * @param flags SFD_CLOEXEC, SFD_NONBLOCK or'ed
   * @throws SyscallError EBADF, EINVAL, EMFILE, ENOSYS
   * @see signalfd(2)
   */
  signalfd(fd: number, mask: readonly number[], flags?: number): number;

  /**
   * Linux. A file in memory that no path leads to, open for reading and writing; it is gone with its last descriptor.
   * @param name for /proc/PID/fd alone
   * @param flags MFD_CLOEXEC, MFD_ALLOW_SEALING or'ed
   * @throws SyscallError EINVAL, EMFILE, ENFILE, ENOMEM, ENOSYS
   * @see memfd_create(2)
   */
  memfd_create(name: string, flags?: number): number;
}

export function ownCalls(calls: Calls): OwnCalls {
  return {
    prctl: (option, arg = 0) => orThrow('prctl', calls.prctl(option, arg), option, arg),
    procctl: (idtype, id, cmd, arg = 0) =>
      orThrow('procctl', calls.procctl(idtype, id, cmd, arg), idtype, id, cmd, arg),
    pidfd_open: (pid, flags = 0) => orThrow('pidfd_open', calls.pidfd_open(pid, flags), pid, flags),
    pidfd_send_signal: (pidfd, sig, flags = 0) =>
      void orThrow('pidfd_send_signal', calls.pidfd_send_signal(pidfd, sig, flags), pidfd, sig, flags),
    signalfd: (fd, mask, flags = 0) => orThrow('signalfd', calls.signalfd(fd, mask, flags), fd, mask, flags),
    memfd_create: (name, flags = 0) => orThrow('memfd_create', calls.memfd_create(name, flags), name, flags),
  };
}
