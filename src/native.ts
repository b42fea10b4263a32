import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ByteView,
  ForkOptions,
  Linger,
  NewSignalAction,
  OldSignalAction,
  Rlimit,
  SocketAddress,
  SocketOptionValue,
  Timespec,
  Timeval,
  WaitResult,
} from './types';

/** What a call that fails returns in place of its result: the errno, negated. */
export type NegativeErrno = number;

/**
 * The addon as one typed contract: each call has its system call's name and arguments and returns
 * its result or the negative errno. Arguments of the wrong type or out of range throw (TypeError
 * ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE) before anything is done.
 */
export interface Calls {
  fork(options?: ForkOptions): number;
  _exit(status: number): never;
  execve(path: string, argv: readonly string[], envp: readonly string[]): NegativeErrno;
  getpid(): number;
  getppid(): number;

  wait(): WaitResult | NegativeErrno;
  waitpid(pid: number, options?: number): WaitResult | NegativeErrno;

  kill(pid: number, sig: number): number;
  raise(sig: number): number;
  sigaction(signum: number, action?: NewSignalAction): OldSignalAction | NegativeErrno;
  sigprocmask(how: number, set?: readonly number[]): number[] | NegativeErrno;
  sigpending(): number[] | NegativeErrno;
  sigsuspend(mask: readonly number[]): NegativeErrno;
  pause(): NegativeErrno;

  alarm(seconds: number): number;
  sleep(seconds: number): number;
  nanosleep(request: Timespec, remaining?: Timespec): number;

  close(fd: number): number;
  read(fd: number, buffer: ByteView, count?: number): number;
  write(fd: number, data: ByteView | string, count?: number): number;
  pipe(): [number, number] | NegativeErrno;
  dup(fd: number): number;
  dup2(oldfd: number, newfd: number): number;

  socket(domain: number, type: number, protocol?: number): number;
  bind(fd: number, address: SocketAddress): number;
  listen(fd: number, backlog: number): number;
  accept(listenfd: number): number;
  connect(fd: number, address: SocketAddress): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number): SocketAddress | NegativeErrno;
  getpeername(fd: number): SocketAddress | NegativeErrno;
  getsockopt(fd: number, level: number, option: number): { value: number } | Timeval | Linger | NegativeErrno;
  setsockopt(fd: number, level: number, option: number, value: SocketOptionValue): number;
  socketpair(domain: number, type: number, protocol?: number): [number, number] | NegativeErrno;

  getrlimit(resource: number): Rlimit | NegativeErrno;
  setrlimit(resource: number, rlim: Rlimit): number;
}

/** What the addon has besides system calls. */
export interface Native extends Calls {
  WIFEXITED(status: number): boolean;
  WEXITSTATUS(status: number): number;
  WIFSIGNALED(status: number): boolean;
  WTERMSIG(status: number): number;
  WCOREDUMP(status: number): boolean;
  WIFSTOPPED(status: number): boolean;
  WSTOPSIG(status: number): number;
  WIFCONTINUED(status: number): boolean;
  strerror(errnum: number): string;
  /** Calls `ended` once when the process has ended. Gives the number of the watch, or the negative errno. */
  watchChild(pid: number, ended: () => void): number;
  /** Gives up a watch whose `ended` has not been called. */
  unwatchChild(watch: number): void;
  /** False in a worker_thread. */
  isMainThread(): boolean;
  /** How many threads this process has. */
  threadCount(): number;
  /**
   * Moves some MiB of V8's heap to large pages of memory, which a fork copies faster; true if there is more. Nobody else
   * may write to the heap meanwhile.
   */
  gatherHeap(): boolean;
  readonly constants: Readonly<Record<string, number>>;
  readonly errnoNames: Readonly<Record<number, string>>;
}

/**
 * What park() says: 0 all threads are parked, 1 a worker of V8 is busy, 2 a thread of libuv's pool is, 3 a child could
 * have no workers.
 */
export type Parked = 0 | 1 | 2 | 3;

/** quiesce.node: what brings Node to a point at which fork(2) is sound. */
export interface Quiesce {
  /** Tries, for so many milliseconds, to have all threads wait. They stay until the event loop turns, or V8 has work for them. */
  park(milliseconds: number, withPool: boolean): Parked;
  /** Lets them go at once. */
  unpark(): void;
  /**
   * After fork, on both sides. `writes`: how many writes to streams Node knows of, where there is a pool; `status`: what
   * a child leaves with if no 'exit' is emitted any more; `last`: false in a fork that is made while another one is.
   */
  afterFork(pid: number, writes: number, status: number, last: boolean): void;
  /** How many threads this process has without libuv's pool; `others` are those of Node's beside V8's. */
  knownThreads(others: number): number;
  /** How many threads libuv's pool has, once something has used it. */
  poolThreads(): number;
  /** What `list` gives while every handle of the event loop is referenced. */
  handles(list: () => readonly object[]): readonly object[];
  /** All objects with one of these prototypes, if there can be any timer or immediate. */
  timers(timeout: object, immediate: object): readonly object[];
  /** How many workers take tasks; -1 before the first park(). */
  workers(): number;
}

const root = join(__dirname, '..');

function whyNotLoaded(file: string, error: unknown): Error {
  const said = error instanceof Error ? error.message : String(error);
  const system = `${process.platform}-${process.arch}, Node ${process.versions.node} (ABI ${process.versions.modules})`;
  let advice: string;
  if (!['linux', 'freebsd'].includes(process.platform)) {
    advice = 'realfork runs on Linux and FreeBSD only.';
  } else if (!existsSync(file)) {
    advice =
      'The addon has not been built. Run "npm rebuild realfork" (in a checkout "npm run build"); ' +
      'it needs a C++ compiler, make and python3. If npm was told to ignore scripts, that is why.';
  } else if (said.includes('NODE_MODULE_VERSION')) {
    advice = 'The addon was built for another version of Node. Run "npm rebuild realfork" with this one.';
  } else {
    advice = 'Run "npm rebuild realfork"; if that does not help, the line above says what the loader met.';
  }
  return Object.assign(new Error(`realfork: cannot load ${file} on ${system}\n  ${said}\n  ${advice}`), {
    code: 'ERR_REALFORK_ADDON',
    cause: error,
  });
}

function load<Addon>(name: string): Addon {
  const file = join(root, 'build', 'Release', `${name}.node`);
  try {
    return require(file) as Addon;
  } catch (error) {
    throw whyNotLoaded(file, error);
  }
}

export const native: Native = load<Native>('realfork');

let loadedQuiesce: Quiesce | undefined;

/** On the main thread it is loaded with the package, so that it has seen every callback of the pool that forks. */
export function quiesce(): Quiesce {
  loadedQuiesce ??= load<Quiesce>('quiesce');
  return loadedQuiesce;
}

if (native.isMainThread()) quiesce();
