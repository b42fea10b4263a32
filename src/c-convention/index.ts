import { writeSync } from 'node:fs';
import { checkNumber, checkText } from '../checked';
import { STDERR_FILENO } from '../constants';
import { strerror } from '../errno';
import type { Calls, NegativeErrno } from '../native';
import { siginterrupt, signal } from '../signal-call';
import type {
  ByteView,
  ForkOptions,
  Itimerval,
  Linger,
  LingerOption,
  NewSignalAction,
  OldSignalAction,
  Rlimit,
  Rusage,
  SignalInfo,
  SocketAddress,
  SocketOptionValue,
  SpawnAttributes,
  Timespec,
  Timeval,
  TimevalOption,
  WaitResult,
  WaitUsageResult,
} from '../types';
import { Convention, type OrMinusOne } from './convention';
import { type CredentialCalls, credentialCalls } from './credentials';
import { type FileCalls, fileCalls } from './files';
import { type IpcCalls, ipcCalls } from './ipc';
import { type MessageCalls, messageCalls } from './messages';
import { type MultiplexingCalls, multiplexingCalls } from './multiplexing';
import { type SessionCalls, sessionCalls } from './sessions';

export type { OrMinusOne } from './convention';

/**
 * The calls as C has them. Arguments, units and errors are those of {@link Posix}; a call that fails
 * returns -1 and sets errno().
 */
export interface C extends CredentialCalls, SessionCalls, FileCalls, IpcCalls, MessageCalls, MultiplexingCalls {
  /** The error of the last call that failed. A handler that makes calls may change it, as in C. errno(3) */
  errno(): number;
  /** errno = value: what a handler that makes calls does last, with what it had saved first. errno(3) */
  setErrno(value: number): void;
  /** Prints the text of errno() after `text` and a colon, on standard error. perror(3) */
  perror(text: string): void;

  fork(options?: ForkOptions): number;
  _exit(status: number): never;
  execve(path: string, argv: readonly string[], envp: readonly string[]): -1;
  execv(path: string, argv: readonly string[]): -1;
  execvp(file: string, argv: readonly string[]): -1;
  fexecve(fd: number, argv: readonly string[], envp: readonly string[]): -1;
  posix_spawn(path: string, argv: readonly string[], envp: readonly string[], attributes?: SpawnAttributes): number;
  posix_spawnp(file: string, argv: readonly string[], envp: readonly string[], attributes?: SpawnAttributes): number;
  prctl(option: number, arg?: number): number;
  procctl(idtype: number, id: number, cmd: number, arg?: number): number;
  pidfd_open(pid: number, flags?: number): number;
  pidfd_send_signal(pidfd: number, sig: number, flags?: number): number;
  signalfd(fd: number, mask: readonly number[], flags?: number): number;
  memfd_create(name: string, flags?: number): number;
  getpid(): number;
  getppid(): number;
  /** pid -1 on failure. */
  wait(): WaitResult;
  /** pid -1 on failure, 0 if WNOHANG is set and no child has changed state. */
  waitpid(pid: number, options?: number): WaitResult;
  /** pid -1 on failure, with all of rusage zero. */
  wait3(options?: number): WaitUsageResult;
  /** pid -1 on failure, with all of rusage zero. */
  wait4(pid: number, options?: number): WaitUsageResult;
  waitid(idtype: number, id: number, options: number): OrMinusOne<SignalInfo>;
  getrusage(who: number): OrMinusOne<Rusage>;

  kill(pid: number, sig: number): number;
  raise(sig: number): number;
  killpg(pgrp: number, sig: number): number;
  sigqueue(pid: number, sig: number, value: number): number;
  sigwait(set: readonly number[]): number;
  sigwaitinfo(set: readonly number[]): OrMinusOne<SignalInfo>;
  sigtimedwait(set: readonly number[], timeout?: Timespec | null): OrMinusOne<SignalInfo>;
  siginterrupt(sig: number, flag: boolean | number): number;
  /** SIG_ERR, which is -1, on failure. */
  signal(signum: number, handler: OldSignalAction['handler']): OrMinusOne<OldSignalAction['handler']>;
  sigaction(signum: number, action?: NewSignalAction): OrMinusOne<OldSignalAction>;
  sigprocmask(how: number, set?: readonly number[]): OrMinusOne<number[]>;
  sigpending(): OrMinusOne<number[]>;
  /** Always -1, with errno() EINTR. */
  sigsuspend(mask: readonly number[]): -1;
  /** Always -1, with errno() EINTR. */
  pause(): -1;
  alarm(seconds: number): number;
  setitimer(which: number, value: Itimerval): OrMinusOne<Itimerval>;
  getitimer(which: number): OrMinusOne<Itimerval>;

  close(fd: number): number;
  read(fd: number, buffer: ByteView, count?: number): number;
  write(fd: number, data: ByteView | string, count?: number): number;
  pipe(): OrMinusOne<[number, number]>;
  pipe2(flags: number): OrMinusOne<[number, number]>;
  readv(fd: number, iov: readonly ByteView[]): number;
  writev(fd: number, iov: readonly (ByteView | string)[]): number;
  dup(fd: number): number;
  dup3(oldfd: number, newfd: number, flags: number): number;
  dup2(oldfd: number, newfd: number): number;

  socket(domain: number, type: number, protocol?: number): number;
  bind(fd: number, address: SocketAddress): number;
  listen(fd: number, backlog: number): number;
  accept(listenfd: number): number;
  accept4(listenfd: number, flags: number): number;
  connect(fd: number, address: SocketAddress): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number): OrMinusOne<SocketAddress>;
  getpeername(fd: number): OrMinusOne<SocketAddress>;
  getsockopt(fd: number, level: number, option: TimevalOption): OrMinusOne<Timeval>;
  getsockopt(fd: number, level: number, option: LingerOption): OrMinusOne<Linger>;
  getsockopt(fd: number, level: number, option: number): number;
  setsockopt(fd: number, level: number, option: TimevalOption, value: Timeval): number;
  setsockopt(fd: number, level: number, option: LingerOption, value: Linger): number;
  setsockopt(fd: number, level: number, option: number, value: number | boolean): number;
  socketpair(domain: number, type: number, protocol?: number): OrMinusOne<[number, number]>;

  sleep(seconds: number): number;
  nanosleep(request: Timespec, remaining?: Timespec): number;
  getrlimit(resource: number): OrMinusOne<Rlimit>;
  setrlimit(resource: number, rlim: Rlimit): number;
}

const NO_TIME: Timeval = { tv_sec: 0, tv_usec: 0 };
const NOTHING_USED: Rusage = {
  ...{ ru_utime: NO_TIME, ru_stime: NO_TIME, ru_maxrss: 0, ru_minflt: 0, ru_majflt: 0 },
  ...{ ru_inblock: 0, ru_oublock: 0, ru_nvcsw: 0, ru_nivcsw: 0 },
};

/** Over the real calls, or over others of the same shape: traced ones, or a test's script. */
export function createC(calls: Calls): C {
  const convention = new Convention();
  const { failed, number, struct, returnsOnFailure } = convention;
  const waited = (result: WaitResult | NegativeErrno): WaitResult =>
    typeof result === 'number' ? { pid: failed(result), status: 0 } : result;
  const used = (result: WaitUsageResult | NegativeErrno): WaitUsageResult =>
    typeof result === 'number' ? { pid: failed(result), status: 0, rusage: NOTHING_USED } : result;

  function getsockopt(fd: number, level: number, option: TimevalOption): OrMinusOne<Timeval>;
  function getsockopt(fd: number, level: number, option: LingerOption): OrMinusOne<Linger>;
  function getsockopt(fd: number, level: number, option: number): number;
  function getsockopt(fd: number, level: number, option: number): number | Timeval | Linger {
    const result = calls.getsockopt(fd, level, option);
    if (typeof result === 'number') return failed(result);
    return 'value' in result ? result.value : result;
  }

  return {
    errno: () => convention.errno,
    setErrno(value) {
      checkNumber('setErrno', 'value', value);
      convention.errno = value;
    },
    perror(text) {
      checkText('perror', 'text', text);
      writeSync(STDERR_FILENO, `${text}: ${strerror(convention.errno)}\n`);
    },
    fork: number(calls.fork),
    _exit: calls._exit,
    execve: returnsOnFailure(calls.execve),
    execv: returnsOnFailure(calls.execv),
    execvp: returnsOnFailure(calls.execvp),
    fexecve: returnsOnFailure(calls.fexecve),
    posix_spawn: number(calls.posix_spawn),
    posix_spawnp: number(calls.posix_spawnp),
    prctl: number(calls.prctl),
    procctl: number(calls.procctl),
    pidfd_open: number(calls.pidfd_open),
    pidfd_send_signal: number(calls.pidfd_send_signal),
    signalfd: number(calls.signalfd),
    memfd_create: number(calls.memfd_create),
    getpid: calls.getpid,
    getppid: calls.getppid,
    wait: () => waited(calls.wait()),
    waitpid: (pid, options) => waited(calls.waitpid(pid, options)),
    wait3: (options) => used(calls.wait3(options)),
    wait4: (pid, options) => used(calls.wait4(pid, options)),
    waitid: struct(calls.waitid),
    getrusage: struct(calls.getrusage),
    killpg: number(calls.killpg),
    sigqueue: number(calls.sigqueue),
    sigwait: number(calls.sigwait),
    sigwaitinfo: struct(calls.sigwaitinfo),
    sigtimedwait: struct(calls.sigtimedwait),
    siginterrupt: number((sig, flag) => siginterrupt(calls, sig, flag)),
    signal(signum, handler) {
      const old = signal(calls, signum, handler);
      return typeof old === 'number' && old < 0 ? failed(old) : (old as OldSignalAction['handler']);
    },
    setitimer: struct(calls.setitimer),
    getitimer: struct(calls.getitimer),
    kill: number(calls.kill),
    raise: number(calls.raise),
    sigaction: struct(calls.sigaction),
    sigprocmask: struct(calls.sigprocmask),
    sigpending: struct(calls.sigpending),
    sigsuspend: returnsOnFailure(calls.sigsuspend),
    pause: returnsOnFailure(calls.pause),
    alarm: calls.alarm,
    close: number(calls.close),
    read: number(calls.read),
    write: number(calls.write),
    pipe: struct(calls.pipe),
    pipe2: struct(calls.pipe2),
    readv: number(calls.readv),
    writev: number(calls.writev),
    dup: number(calls.dup),
    dup3: number(calls.dup3),
    dup2: number(calls.dup2),
    socket: number(calls.socket),
    bind: number(calls.bind),
    listen: number(calls.listen),
    accept: number(calls.accept),
    accept4: number(calls.accept4),
    connect: number(calls.connect),
    shutdown: number(calls.shutdown),
    getsockname: struct(calls.getsockname),
    getpeername: struct(calls.getpeername),
    getsockopt,
    setsockopt: number(
      calls.setsockopt as (fd: number, level: number, option: number, value: SocketOptionValue) => number,
    ),
    socketpair: struct(calls.socketpair),
    sleep: calls.sleep,
    nanosleep: number(calls.nanosleep),
    getrlimit: struct(calls.getrlimit),
    setrlimit: number(calls.setrlimit),
    ...fileCalls(calls, convention),
    ...credentialCalls(calls, convention),
    ...sessionCalls(calls, convention),
    ...ipcCalls(calls, convention),
    ...messageCalls(calls, convention),
    ...multiplexingCalls(calls, convention),
  };
}
