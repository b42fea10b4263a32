import { writeSync } from 'node:fs';
import { strerror } from './errno';
import type { Calls, NegativeErrno } from './native';
import type {
  ByteView,
  ForkOptions,
  Linger,
  LingerOption,
  NewSignalAction,
  OldSignalAction,
  Rlimit,
  SocketAddress,
  SocketOptionValue,
  Timespec,
  Timeval,
  TimevalOption,
  WaitResult,
} from './types';

/** What a call of C's gives: its result, or -1 and errno(). */
export type OrMinusOne<Result> = Result | -1;

/**
 * The calls as C has them. Arguments, units and errors are those of {@link Posix}; a call that fails
 * returns -1 and sets errno().
 */
export interface C {
  /** The error of the last call that failed. A handler that makes calls may change it, as in C. errno(3) */
  errno(): number;
  /** Prints the text of errno() after `text` and a colon, on standard error. perror(3) */
  perror(text: string): void;

  fork(options?: ForkOptions): number;
  _exit(status: number): never;
  execve(path: string, argv: readonly string[], envp: readonly string[]): -1;
  getpid(): number;
  getppid(): number;
  /** pid -1 on failure. */
  wait(): WaitResult;
  /** pid -1 on failure, 0 if WNOHANG is set and no child has changed state. */
  waitpid(pid: number, options?: number): WaitResult;

  kill(pid: number, sig: number): number;
  raise(sig: number): number;
  sigaction(signum: number, action?: NewSignalAction): OrMinusOne<OldSignalAction>;
  sigprocmask(how: number, set?: readonly number[]): OrMinusOne<number[]>;
  sigpending(): OrMinusOne<number[]>;
  /** Always -1, with errno() EINTR. */
  sigsuspend(mask: readonly number[]): -1;
  /** Always -1, with errno() EINTR. */
  pause(): -1;
  alarm(seconds: number): number;

  close(fd: number): number;
  read(fd: number, buffer: ByteView, count?: number): number;
  write(fd: number, data: ByteView | string, count?: number): number;
  pipe(): OrMinusOne<[number, number]>;
  dup(fd: number): number;
  dup2(oldfd: number, newfd: number): number;

  socket(domain: number, type: number, protocol?: number): number;
  bind(fd: number, address: SocketAddress): number;
  listen(fd: number, backlog: number): number;
  accept(listenfd: number): number;
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

/** Over the real calls, or over others of the same shape: traced ones, or a test's script. */
export function createC(calls: Calls): C {
  let errno = 0;

  function failed(result: NegativeErrno): -1 {
    errno = -result;
    return -1;
  }
  /** A call that gives a number. */
  const number =
    <Args extends unknown[]>(call: (...args: Args) => number) =>
    (...args: Args): number => {
      const result = call(...args);
      return result < 0 ? failed(result) : result;
    };
  /** A call that gives a struct. */
  const struct =
    <Args extends unknown[], Result extends object>(call: (...args: Args) => Result | NegativeErrno) =>
    (...args: Args): OrMinusOne<Result> => {
      const result = call(...args);
      return typeof result === 'number' ? failed(result) : result;
    };
  /** A call that returns only to say why it could not do, or stopped doing, what it is for. */
  const returnsOnFailure =
    <Args extends unknown[]>(call: (...args: Args) => NegativeErrno) =>
    (...args: Args): -1 =>
      failed(call(...args));
  const waited = (result: WaitResult | NegativeErrno): WaitResult =>
    typeof result === 'number' ? { pid: failed(result), status: 0 } : result;

  function getsockopt(fd: number, level: number, option: TimevalOption): OrMinusOne<Timeval>;
  function getsockopt(fd: number, level: number, option: LingerOption): OrMinusOne<Linger>;
  function getsockopt(fd: number, level: number, option: number): number;
  function getsockopt(fd: number, level: number, option: number): number | Timeval | Linger {
    const result = calls.getsockopt(fd, level, option);
    if (typeof result === 'number') return failed(result);
    return 'value' in result ? result.value : result;
  }

  return {
    errno: () => errno,
    perror: (text) => void writeSync(process.stderr.fd, `${text}: ${strerror(errno)}\n`),
    fork: number(calls.fork),
    _exit: calls._exit,
    execve: returnsOnFailure(calls.execve),
    getpid: calls.getpid,
    getppid: calls.getppid,
    wait: () => waited(calls.wait()),
    waitpid: (pid, options) => waited(calls.waitpid(pid, options)),
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
    dup: number(calls.dup),
    dup2: number(calls.dup2),
    socket: number(calls.socket),
    bind: number(calls.bind),
    listen: number(calls.listen),
    accept: number(calls.accept),
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
  };
}
