import type { Calls } from '../native';
import { siginterrupt, signal } from '../signal-call';
import type { Itimerval, NewSignalAction, OldSignalAction, SignalInfo, Timespec } from '../types';
import { orThrow } from './or-throw';

/** Signals: kill(2), sigaction(2), sigprocmask(2) and their kin. */
export interface SignalCalls {
  /**
   * Sends a signal. One to this process has been handled when the call returns, unless blocked.
   * @param pid a process; 0 this process group; -1 all; < -1 process group -pid
   * @param sig 0 sends none and tells whether one could be sent
   * @throws SyscallError ESRCH, EPERM, EINVAL
   * @see kill(2)
   */
  kill(pid: number, sig: number): void;

  /** kill of a process group. @param pgrp 0: this one. @throws SyscallError ESRCH, EPERM, EINVAL. killpg(3) */
  killpg(pgrp: number, sig: number): void;

  /**
   * Sends a signal with a number, which a handler with SA_SIGINFO is given as `info.value`. Real-time signals queue.
   * @throws SyscallError EAGAIN (RLIMIT_SIGPENDING), ESRCH, EPERM, EINVAL
   * @see sigqueue(3)
   */
  sigqueue(pid: number, sig: number, value: number): void;

  /** Sends a signal to the calling thread. @throws SyscallError EINVAL. raise(3) */
  raise(sig: number): void;

  /**
   * Sets what a signal does, or, without `action`, tells what it does now.
   *
   * A handler runs in true signal context while this thread is blocked in a call of this package, which
   * then fails with EINTR or goes on, as SA_RESTART says. While other JavaScript runs, it waits for the
   * next such call or for the event loop to turn; no signal is lost beyond what the kernel merges.
   * Promise callbacks do not run inside a handler. What a handler throws is an uncaught exception.
   * @param action the whole action, or a function, SIG_DFL or SIG_IGN for one without flags and mask
   * @returns the old action, to be put back as it is
   * @throws SyscallError EINVAL for SIGKILL, SIGSTOP and what is no signal; Error ERR_SIGNAL_IN_WORKER
   * @see sigaction(2), UNP 5.8
   */
  sigaction(signum: number, action?: NewSignalAction): OldSignalAction;

  /**
   * Changes which signals this thread blocks, or, without `set`, tells. Signals that this unblocks and
   * that are pending have been delivered when it returns.
   * @param how SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK
   * @returns the signals blocked before
   * @throws SyscallError EINVAL; RangeError for a number that is no signal
   * @see sigprocmask(2)
   */
  sigprocmask(how: number, set?: readonly number[]): number[];

  /** @returns the signals that are blocked and wait to be delivered. sigpending(2) */
  sigpending(): number[];

  /**
   * Blocks just the signals of `mask` and waits for one of the others, in one step; then puts the mask
   * back. Returns when a handler has run: the EINTR that C reports every time is no error here.
   * @see sigsuspend(2), APUE 10.16
   */
  sigsuspend(mask: readonly number[]): void;

  /** Waits until a handler has run. A signal just before the call is missed: see sigsuspend. pause(2) */
  pause(): void;

  /**
   * Takes one of the signals of `set`, which are to be blocked, when it comes; its handler does not run. On FreeBSD a signal
   * that is ignored, be it by default (SIGCHLD, SIGURG, SIGWINCH), is thrown away though it is blocked: give it a handler.
   * @returns its number
   * @throws SyscallError EINVAL
   * @see sigwait(3)
   */
  sigwait(set: readonly number[]): number;

  /** sigwait that tells all that came with it; see there. @throws SyscallError EINTR (the handler of another signal has run). sigwaitinfo(2) */
  sigwaitinfo(set: readonly number[]): SignalInfo;

  /**
   * sigwaitinfo with a time limit.
   * @param timeout null or left out: none
   * @throws SyscallError EAGAIN (the time is over), EINTR
   * @see sigtimedwait(2)
   */
  sigtimedwait(set: readonly number[], timeout?: Timespec | null): SignalInfo;

  /**
   * Whether `sig` interrupts system calls (true) or they go on after its handler (false): SA_RESTART, of an action that
   * is there, and for signal() later.
   * @throws SyscallError EINVAL
   * @see siginterrupt(3)
   */
  siginterrupt(sig: number, flag: boolean | number): void;

  /**
   * Sets a handler as the C library does: it stays, and system calls go on (SA_RESTART). UNP's is Signal of realfork/unp.
   * @returns the old handler
   * @throws SyscallError EINVAL
   * @see signal(2)
   */
  signal(signum: number, handler: OldSignalAction['handler']): OldSignalAction['handler'];

  /**
   * Starts an interval timer: SIGALRM, SIGVTALRM or SIGPROF when it has run down, and again after each interval.
   * @param which ITIMER_REAL (clock), ITIMER_VIRTUAL (processor, user mode), ITIMER_PROF (processor)
   * @returns what it was before
   * @throws SyscallError EINVAL
   * @see setitimer(2)
   */
  setitimer(which: number, value: Itimerval): Itimerval;

  /** @returns what an interval timer has left. @throws SyscallError EINVAL. getitimer(2) */
  getitimer(which: number): Itimerval;

  /**
   * Has SIGALRM sent after so many seconds; 0 cancels.
   * @returns the seconds that an earlier alarm had left, 0 if there was none
   * @see alarm(2)
   */
  alarm(seconds: number): number;
}

export function signalCalls(calls: Calls): SignalCalls {
  return {
    kill: (pid, sig) => void orThrow('kill', calls.kill(pid, sig), pid, sig),
    killpg: (pgrp, sig) => void orThrow('killpg', calls.killpg(pgrp, sig), pgrp, sig),
    sigqueue: (pid, sig, value) => void orThrow('sigqueue', calls.sigqueue(pid, sig, value), pid, sig, value),
    sigwait: (set) => orThrow('sigwait', calls.sigwait(set), set),
    sigwaitinfo: (set) => orThrow('sigwaitinfo', calls.sigwaitinfo(set), set),
    sigtimedwait: (set, timeout = null) => orThrow('sigtimedwait', calls.sigtimedwait(set, timeout), set, timeout),
    siginterrupt: (sig, flag) => void orThrow('siginterrupt', siginterrupt(calls, sig, flag), sig, flag),
    signal: (signum, handler) => orThrow('signal', signal(calls, signum, handler), signum, handler),
    setitimer: (which, value) => orThrow('setitimer', calls.setitimer(which, value), which, value),
    getitimer: (which) => orThrow('getitimer', calls.getitimer(which), which),
    raise: (sig) => void orThrow('raise', calls.raise(sig), sig),
    sigaction: (signum, action) => orThrow('sigaction', calls.sigaction(signum, action), signum, action),
    sigprocmask: (how, set) => orThrow('sigprocmask', calls.sigprocmask(how, set), how, set),
    sigpending: () => orThrow('sigpending', calls.sigpending()),
    sigsuspend: (mask) => void calls.sigsuspend(mask),
    pause: () => void calls.pause(),
    alarm: (seconds) => calls.alarm(seconds),
  };
}
