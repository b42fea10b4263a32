import { addonFile } from './addons/files';
import type {
  ByteView,
  Flock,
  ForkOptions,
  FoundFlock,
  Ids,
  Itimerval,
  Linger,
  Message,
  MessageBuffers,
  NewSignalAction,
  OldSignalAction,
  PollRequest,
  PollResult,
  Pty,
  ReadyDescriptors,
  ReceivedFrom,
  ReceivedMessage,
  ReceivedQueueMessage,
  Rlimit,
  Rusage,
  SemaphoreOperation,
  SignalInfo,
  SocketAddress,
  SocketOptionValue,
  SpawnAttributes,
  Timespec,
  Timeval,
  WaitResult,
  WaitUsageResult,
  WindowSize,
} from './types';

/** What a call that fails returns in place of its result: the errno, negated. */
export type NegativeErrno = number;

/** What prepareProgram is told of a program beside its arguments. */
export interface ClientProgramAttributes {
  /** Signals that do what they do by default. */
  readonly sigdefault: readonly number[];
  /** Its limits on descriptors, where they are not those of this process. */
  readonly descriptors?: Rlimit;
  /** What the child writes to a file before it becomes the program: /proc/self/oom_score_adj. */
  readonly about?: { readonly path: string; readonly text: string };
}

/**
 * Starts the program with a connection as its standard input and output, in a process group of its own.
 * @param environment of this client, beside what all have
 * @param seconds after which SIGALRM comes; 0: never
 * @param sigmask what it blocks
 * @returns its pid, or which call has failed: then nothing is left of it
 */
export type StartProgram = (
  connfd: number,
  environment: readonly string[],
  seconds: number,
  sigmask: readonly number[],
) => number | { readonly call: string; readonly errno: number };

/**
 * The addon as one typed contract: each call has its system call's name and arguments and returns
 * its result or the negative errno. Arguments of the wrong type or out of range throw (TypeError
 * ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE) before anything is done.
 */
export interface Calls {
  fork(options?: ForkOptions): number;
  _exit(status: number): never;
  execve(path: string, argv: readonly string[], envp: readonly string[]): NegativeErrno;
  execv(path: string, argv: readonly string[]): NegativeErrno;
  execvp(file: string, argv: readonly string[]): NegativeErrno;
  fexecve(fd: number, argv: readonly string[], envp: readonly string[]): NegativeErrno;
  posix_spawn(path: string, argv: readonly string[], envp: readonly string[], attributes?: SpawnAttributes): number;
  posix_spawnp(file: string, argv: readonly string[], envp: readonly string[], attributes?: SpawnAttributes): number;

  setsid(): number;
  getsid(pid?: number): number;
  setpgid(pid: number, pgid: number): number;
  getpgid(pid: number): number;
  getpgrp(): number;
  tcgetpgrp(fd: number): number;
  tcsetpgrp(fd: number, pgrp: number): number;
  openpty(winsize?: WindowSize): Pty | NegativeErrno;
  login_tty(fd: number): number;

  getuid(): number;
  geteuid(): number;
  getgid(): number;
  getegid(): number;
  getgroups(): number[] | NegativeErrno;
  getresuid(): Ids | NegativeErrno;
  getresgid(): Ids | NegativeErrno;
  setuid(uid: number): number;
  seteuid(euid: number): number;
  setgid(gid: number): number;
  setegid(egid: number): number;
  setreuid(real: number, effective: number): number;
  setregid(real: number, effective: number): number;
  setresuid(real: number, effective: number, saved: number): number;
  setresgid(real: number, effective: number, saved: number): number;
  setgroups(groups: readonly number[]): number;
  initgroups(user: string, group: number): number;

  prctl(option: number, arg?: number): number;
  procctl(idtype: number, id: number, cmd: number, arg?: number): number;
  pidfd_open(pid: number, flags?: number): number;
  pidfd_send_signal(pidfd: number, sig: number, flags?: number): number;
  signalfd(fd: number, mask: readonly number[], flags?: number): number;
  memfd_create(name: string, flags?: number): number;

  getpid(): number;
  getppid(): number;

  wait(): WaitResult | NegativeErrno;
  waitpid(pid: number, options?: number): WaitResult | NegativeErrno;
  wait3(options?: number): WaitUsageResult | NegativeErrno;
  wait4(pid: number, options?: number): WaitUsageResult | NegativeErrno;
  waitid(idtype: number, id: number, options: number): SignalInfo | NegativeErrno;
  getrusage(who: number): Rusage | NegativeErrno;

  kill(pid: number, sig: number): number;
  raise(sig: number): number;
  killpg(pgrp: number, sig: number): number;
  sigqueue(pid: number, sig: number, value: number): number;
  sigwait(set: readonly number[]): number;
  sigwaitinfo(set: readonly number[]): SignalInfo | NegativeErrno;
  sigtimedwait(set: readonly number[], timeout?: Timespec | null): SignalInfo | NegativeErrno;
  siginterrupt(sig: number, flag: number): number;
  sigaction(signum: number, action?: NewSignalAction): OldSignalAction | NegativeErrno;
  sigprocmask(how: number, set?: readonly number[]): number[] | NegativeErrno;
  sigpending(): number[] | NegativeErrno;
  sigsuspend(mask: readonly number[]): NegativeErrno;
  pause(): NegativeErrno;

  setitimer(which: number, value: Itimerval): Itimerval | NegativeErrno;
  getitimer(which: number): Itimerval | NegativeErrno;
  alarm(seconds: number): number;
  sleep(seconds: number): number;
  nanosleep(request: Timespec, remaining?: Timespec): number;

  close(fd: number): number;
  read(fd: number, buffer: ByteView, count?: number): number;
  write(fd: number, data: ByteView | string, count?: number): number;
  pipe(): [number, number] | NegativeErrno;
  dup(fd: number): number;
  dup2(oldfd: number, newfd: number): number;

  open(path: string, flags: number, mode?: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  flock(fd: number, operation: number): number;
  mkfifo(path: string, mode?: number): number;
  umask(mask: number): number;
  chdir(path: string): number;
  fchdir(fd: number): number;
  readv(fd: number, iov: readonly ByteView[]): number;
  writev(fd: number, iov: readonly (ByteView | string)[]): number;
  pipe2(flags: number): [number, number] | NegativeErrno;
  dup3(oldfd: number, newfd: number, flags: number): number;
  fcntl(fd: number, cmd: number, arg?: number | Flock): number | FoundFlock;
  poll(fds: readonly PollRequest[], timeout: number): PollResult[] | NegativeErrno;
  ppoll(
    fds: readonly PollRequest[],
    timeout?: Timespec | null,
    sigmask?: readonly number[],
  ): PollResult[] | NegativeErrno;
  select(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timeval | null,
  ): ReadyDescriptors | NegativeErrno;
  pselect(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timespec | null,
    sigmask?: readonly number[],
  ): ReadyDescriptors | NegativeErrno;

  socket(domain: number, type: number, protocol?: number): number;
  bind(fd: number, address: SocketAddress): number;
  listen(fd: number, backlog: number): number;
  accept(listenfd: number): number;
  accept4(listenfd: number, flags: number): number;
  recv(fd: number, buffer: ByteView, flags?: number): number;
  send(fd: number, data: ByteView | string, flags?: number): number;
  recvfrom(fd: number, buffer: ByteView, flags?: number): ReceivedFrom | NegativeErrno;
  sendto(fd: number, data: ByteView | string, flags: number, address: SocketAddress): number;
  recvmsg(fd: number, message: MessageBuffers, flags?: number): ReceivedMessage | NegativeErrno;
  sendmsg(fd: number, message: Message, flags?: number): number;
  connect(fd: number, address: SocketAddress): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number): SocketAddress | NegativeErrno;
  getpeername(fd: number): SocketAddress | NegativeErrno;
  getsockopt(fd: number, level: number, option: number): { value: number } | Timeval | Linger | NegativeErrno;
  setsockopt(fd: number, level: number, option: number, value: SocketOptionValue): number;
  socketpair(domain: number, type: number, protocol?: number): [number, number] | NegativeErrno;

  semget(key: number, nsems: number, semflg: number): number;
  semop(semid: number, sops: readonly SemaphoreOperation[]): number;
  semtimedop(semid: number, sops: readonly SemaphoreOperation[], timeout?: Timespec | null): number;
  semctl(semid: number, semnum: number, cmd: number, arg?: number): number;
  msgget(key: number, msgflg: number): number;
  msgsnd(msqid: number, mtype: number, mtext: ByteView | string, msgflg?: number): number;
  msgrcv(msqid: number, buffer: ByteView, msgtyp?: number, msgflg?: number): ReceivedQueueMessage | NegativeErrno;
  msgctl(msqid: number, cmd: number): number;
  mmap(length: number, prot: number, flags: number, fd?: number, offset?: number): ArrayBuffer | NegativeErrno;
  munmap(buffer: ArrayBuffer): number;

  getrlimit(resource: number): Rlimit | NegativeErrno;
  setrlimit(resource: number, rlim: Rlimit): number;
}

/** What Linux tells of other processes: kcmp(2), and the names behind the numbers in /proc. */
export interface LinuxObservation {
  /** 0: the same; 1, 2: not, but ordered; 3: not. Or the negative errno: ESRCH, EBADF, EPERM, ENOSYS. kcmp(2) */
  kcmp(pid1: number, pid2: number, type: number, idx1: number, idx2: number): number;
  /**
   * Finds the open file description of a descriptor among `count` others, which `holders` names (pid and fd of each, in
   * turn) in the order of kcmp(2). Its index; -1 - the index where it belongs if it is not among them; undefined if the
   * kernel does not compare them (a process has ended, or may not be looked at).
   */
  findOpenFile(pid: number, fd: number, holders: Int32Array, count: number): number | undefined;
  /**
   * The Unix sockets of this network namespace: inode, inode of the other end (0: none) and, of one that listens, how
   * many connections wait for accept, in turn. sock_diag(7)
   */
  unixSockets(): number[] | NegativeErrno;
  /**
   * The descriptors of a process, from /proc/PID/fd: number and name of each, in turn. In place of the name undefined:
   * its parent has the same open file description under the same number. ESRCH, ENOENT: the process is gone; EACCES,
   * EPERM: not for this user.
   */
  descriptors(pid: number, ppid: number): (number | string | undefined)[] | NegativeErrno;
  /** The type of resource that idx1 and idx2 are descriptors for. */
  readonly KCMP_FILE: number;
  readonly O_ACCMODE: number;
  readonly O_CLOEXEC: number;
  /** The flag of a Unix socket that listens, in /proc/net/unix. */
  readonly SO_ACCEPTCON: number;
  /** By number: "accept". Those that a process can be found in for long. */
  readonly systemCalls: Readonly<Record<number, string>>;
  readonly tcpStates: Readonly<Record<number, string>>;
  readonly unixStates: Readonly<Record<number, string>>;
}

/** A process, from FreeBSD's struct kinfo_proc. */
export interface KinfoProcess {
  readonly pid: number;
  readonly ppid: number;
  /** The letter that ps(1) shows. */
  readonly state: string;
  readonly name: string;
  readonly threads: number;
  /** What it sleeps on ("accept"), or ''. */
  readonly waitsFor: string;
  readonly pending: readonly number[];
  readonly blocked: readonly number[];
  /** By SIG_IGN or, all but SIGCONT, by default: the kernel does not tell which. kern_sigaction() */
  readonly ignored: readonly number[];
  readonly caught: readonly number[];
}

/** A descriptor, from FreeBSD's struct kinfo_file. */
export interface KinfoDescriptor {
  readonly fd: number;
  readonly kind: 'file' | 'socket' | 'pipe' | 'kqueue' | 'eventfd' | 'terminal' | 'other';
  readonly path: string;
  readonly nonBlocking: boolean;
  readonly append: boolean;
  /** Of a socket: AF_INET, SOCK_STREAM. */
  readonly domain?: number;
  readonly type?: number;
  readonly local?: SocketAddress;
  readonly peer?: SocketAddress;
  /** Of a Unix socket: the same text as the `otherEnd` of the socket that it is connected to. "0": none. */
  readonly end?: string;
  readonly otherEnd?: string;
}

/** A descriptor and its open file, from FreeBSD's struct xfile. */
export interface KinfoOpenFile {
  readonly pid: number;
  readonly fd: number;
  /** The same text, the same open file description. */
  readonly file: string;
  /** f_count: one for each descriptor, and one for each thread that is in a call on it. */
  readonly references: number;
}

/** What FreeBSD tells of other processes, by sysctl(3). */
export interface FreebsdObservation {
  processes(): KinfoProcess[];
  descriptors(pid: number): KinfoDescriptor[] | NegativeErrno;
  openFiles(): KinfoOpenFile[];
}

/** What this system tells of other processes beside the calls of POSIX. */
export interface Observation {
  readonly linux?: LinuxObservation;
  readonly freebsd?: FreebsdObservation;
}

/** What the addon has besides system calls. */
export interface Native extends Omit<Calls, 'fork' | 'wait' | 'waitpid'> {
  /** What it reaped; the status is the first element of `status`, as C's `*wstatus`. */
  wait(status: Int32Array): number;
  /** The same. */
  waitpid(pid: number, options: number | undefined, status: Int32Array): number;
  WIFEXITED(status: number): boolean;
  WEXITSTATUS(status: number): number;
  WIFSIGNALED(status: number): boolean;
  WTERMSIG(status: number): number;
  WCOREDUMP(status: number): boolean;
  WIFSTOPPED(status: number): boolean;
  WSTOPSIG(status: number): number;
  WIFCONTINUED(status: number): boolean;
  /** The structures that read(2) gave of a signalfd. */
  signalfd_siginfo(buffer: ByteView): SignalInfo[];
  strsignal(sig: number): string;
  strerror(errnum: number): string;
  /** The pid, for process.pid: no handler runs here. */
  currentPid(): number;
  /** Has `report` called with what leaves a handler that interrupted a call. False: Node is to deal with it. */
  onThrown(report: (error: unknown) => boolean): void;
  /** Calls `ended` once when the process has ended. Gives the number of the watch, or the negative errno. */
  watchChild(pid: number, ended: () => void): number;
  /** Gives up a watch whose `ended` has not been called. */
  unwatchChild(watch: number): void;
  /** False in a worker_thread. */
  isMainThread(): boolean;
  /** How many threads this process has. */
  threadCount(): number;
  /**
   * fork(2), made safe. A rehearsal makes no child. 'profiled' in place of 0: in a child of a process whose profiler was running.
   */
  fork(...request: [...ForkRequest, isRehearsal: boolean]): number | 'profiled' | NotForked;
  /** These are of src/children/shared/: 0 or the negative errno, where nothing else is said. Bytes of each. */
  sizesOfLocks(): { readonly mutex: number; readonly condition: number; readonly semaphore: number };
  mutexInit(mutex: Uint8Array): number;
  mutexLock(mutex: Uint8Array, waits: boolean): number;
  mutexUnlock(mutex: Uint8Array): number;
  conditionInit(condition: Uint8Array): number;
  conditionWait(condition: Uint8Array, mutex: Uint8Array, timeout: Timespec | null): number;
  conditionWake(condition: Uint8Array, all: boolean): number;
  semaphoreInit(semaphore: Uint8Array, value: number): number;
  semaphoreWait(semaphore: Uint8Array, waits: boolean, timeout: Timespec | null): number;
  semaphorePost(semaphore: Uint8Array): number;
  /** @returns its value */
  semaphoreValue(semaphore: Uint8Array): number;
  /**
   * For a server that forks for each client: accepts, forks and reaps, until there is something that is not ordinary.
   * `listeners` and `others`: descriptors to poll; `children`: those whose end gives a slot
   * back; `room`: how many slots there are; `mask`: what is blocked while it waits; `time`: how long it may take, or null;
   * `tellWithin`: after how many milliseconds it comes back to tell what has happened, `tellAt`: when it is so much. In a child it calls `child`: with pid 0,
   * connfd, the index of its listener, whether the child keeps the listeners (nextClient()), whether the profiler runs, and
   * what became of `childHalf` (0 or the negative errno); then it gives null. A spare one has no client yet, connfd -1. Where it is
   * not to fork it comes back with "fork" instead, as if that were refused.
   */
  forkForClients(
    ...wanted: [
      ...ForkRequest,
      listeners: readonly number[],
      others: readonly number[],
      children: readonly number[],
      room: number,
      mask: readonly number[],
      time: Timespec | null,
      tellWithin: number,
      tellAt: number,
      child: BeBorn,
      childHalf: ChildHalf | undefined,
      forks: boolean,
    ]
  ): ClientsTurn | null;
  /** In a child that was forked there: the peer of its last connection. */
  peerOfClient(): SocketAddress;
  /** These are KeptChildren's, in src/fork/kept-children.ts. */
  keepChildren(requests: number, spare: number, timeout: number, reports: boolean): number;
  replaceChildren(timeout: number): number;
  endChildren(): void;
  keepNoChildren(): void;
  prepareChild(isSpare: boolean, listeners: readonly number[]): void;
  childIsMade(pid: number): void;
  isKept(): boolean;
  childHasEnded(pid: number): void;
  reportsOfChildren(): { readonly happened: readonly ClientsEvent[]; readonly accepted: number };
  /**
   * In a child that keeps the listeners: takes its next client. False: there is none, and it is to end. In `child` stand connfd
   * and the index of the listener. @param status of the client before
   */
  nextClient(status: number, child: Int32Array): boolean;
  /** With what quiesce.node gives: from here on fork() works. */
  useQuiescence(quiescence: bigint): void;
  /** When a worker_thread runs: the descriptors of its event loop are noted as Node's. */
  workerHasStarted(): void;
  /** What in Node owns a descriptor of this process ("an epoll instance of an event loop"), or undefined. */
  ownerInNode(fd: number): string | undefined;
  /** In a child: these signals do what they do by default, and then the mask is this one. The negative errno, or 0. */
  defaultSignals(signals: readonly number[], mask: readonly number[]): number;
  /** For a server: what starts this program for a client. */
  prepareProgram(
    path: string,
    argv: readonly string[],
    envp: readonly string[],
    attributes: ClientProgramAttributes,
  ): StartProgram;
  /**
   * Has the kernel put malloc's heap, and V8's in a tuned program, on large pages of memory, which a fork copies faster: for some
   * 50 ms. Returns whether there is more to do.
   */
  gatherHeap(): boolean;
  /** In a worker_thread that loads this package: its threadId. */
  noteWorker(threadId: number): void;
  /** The worker is to end: a call of this package that it is blocked in ends, and it makes no other. */
  interruptWorker(threadId: number): void;
  /** The same, again and again, until it and those that it has started are in no call, or a second is over. */
  endCallsOfWorker(threadId: number): void;
  /** A worker has started another. */
  noteParentOfWorker(threadId: number, parent: number): void;
  /** That has ended. */
  forgetParentOfWorker(threadId: number): void;
  /** Whether there are workers that have loaded this package. */
  thereAreWorkers(): boolean;
  /** Whether a worker_thread is blocked in a call of this package. Takes 50 ms to say that one is. */
  workersAreBlocked(): boolean;
  /**
   * Whether memory that was written to may be made code, as Node does with its own on large pages. SELinux, systemd's
   * MemoryDenyWriteExecute= and seccomp may forbid it.
   */
  mayWriteCode(): boolean;
  readonly constants: Readonly<Record<string, number>>;
  readonly errnoNames: Readonly<Record<number, string>>;
  readonly observation: Observation;
}

/** A thread of this process that is neither the caller, nor parked for the fork, nor Node's own. */
export interface Stranger {
  /** The kernel's number of it. */
  readonly id: number;
  /** The name that it goes by in ps(1), or "". */
  readonly name: string;
}

/** A fork that was not made, and why. Nothing has been done. */
export interface NotForked {
  /** "unseen": the threads of this process cannot be looked at. "none": it was a rehearsal, and went well. */
  readonly reason: 'none' | 'platform' | 'workers busy' | 'pool busy' | 'threads' | 'unseen' | 'descriptors';
  readonly threads: readonly Stranger[];
  /** The numbers of the threads that were parked: V8's workers, and libuv's pool. */
  readonly workers: readonly number[];
  readonly pool: readonly number[];
}

/**
 * What each fork asks for. Times in milliseconds. `exitStatus`: what a child leaves with that is forked when 'exit' has been
 * emitted. `writesUnderWay` gives how many writes to streams Node knows of; `safepoint` does nothing: V8 looks after its workers
 * when it is called. `isTuned`: the program has asked for speed (src/tuned/).
 */
type ForkRequest = [
  patienceForWorkers: number,
  patienceForPool: number,
  allowsThreads: boolean,
  exitStatus: number,
  writesUnderWay: () => number,
  safepoint: () => void,
  isTuned: boolean,
];

/** A connection that was accepted. `listener`: the index of the descriptor by which it came. */
export interface AcceptedClient {
  readonly connfd: number;
  readonly peer: SocketAddress;
  readonly listener: number;
}

/** What a child does before it serves, where nothing of it is the program's. */
export interface ChildHalf {
  /** Descriptors that are the server's. */
  readonly close: readonly number[];
  /** These as well, but in a child that takes its next client from them. */
  readonly listeners: readonly number[];
  /** Signals that do what they do by default, and then what is blocked. */
  readonly defaults: readonly number[];
  readonly mask: readonly number[];
  /** Seconds; 0: none. */
  readonly alarm: number;
  /** Its oom_score_adj; '': it stays. */
  readonly scorePath: string;
  readonly score: string;
}

/**
 * Some milliseconds ago a child was forked for a client ("forked"), or before there was one ("spare"); it has taken one by itself
 * ("taken"; connfd is -1 here); it has served that, with what it would have exited with, and goes on ("served"); it has ended
 * with a status of waitpid(2).
 */
export type ClientsEvent = { readonly pid: number; readonly ago: number } & (
  | { readonly what: 'forked' | 'taken'; readonly client: AcceptedClient }
  | { readonly what: 'spare' }
  | { readonly what: 'served' | 'ended'; readonly status: number }
);

/** What forkForClients() calls in a child. */
export type BeBorn = (
  pid: number,
  connfd: number,
  listener: number,
  isKept: boolean,
  isProfiled: boolean,
  failure: number,
) => void;

/** Why forkForClients() has come back, and what was done meanwhile. */
export interface ClientsTurn {
  /**
   * "handler": one of JavaScript has run; "pending": a signal waits that ppoll has not let in; "ready": descriptors of
   * `others`, by their index in `ready`; "time": it is over; "told": only what has happened; "ended": and the last of that was
   * a child that is none of `children`, or that SIGALRM has ended; "accept", "wait" (ppoll), "reap" (waitpid): the call has
   * failed, by `errno`; "fork": there is no child for `connection`, or no spare one where that is undefined: fork(2) has failed by `errno`, or, where
   * that is 0, was refused.
   */
  readonly why: 'handler' | 'pending' | 'ready' | 'time' | 'told' | 'ended' | 'accept' | 'wait' | 'reap' | 'fork';
  readonly happened: readonly ClientsEvent[];
  /** How many connections were accepted, with those that had gone. */
  readonly accepted: number;
  readonly errno: number;
  readonly listener: number;
  readonly ready: readonly number[];
  readonly connection?: AcceptedClient;
}

/** quiesce.node: what brings Node to a point at which fork(2) is sound. */
export interface Quiesce {
  /** The address of its part in a fork, for native.useQuiescence(). */
  readonly quiescence: bigint;
  /**
   * Calls it once, from the event loop, when libuv's pool, the streams and V8's workers are at rest. Without a callback:
   * nobody waits any more.
   */
  whenAtRest(callback?: () => void): void;
  /** How many bytes V8's old space has in use. */
  oldSpace(): number;
  /** All garbage, now. Functions stay compiled; if it `leavesOptions`, V8's own say whether they do (--flush-bytecode). */
  collectGarbage(leavesOptions: boolean): void;
  /** What `list` gives while every handle of the event loop is referenced. */
  handles(list: () => readonly object[]): readonly object[];
  /** Whether the event loop waits for the end of anything: jobs of the thread pool, connections, writes. */
  hasRequests(): boolean;
  /**
   * Finds the memory that Node fills with `bytes` random bytes at a time, which are good for so many `draws`, by drawing
   * until it is filled, and all that is in it. False if it cannot be found.
   */
  watchCache(draw: () => void, bytes: number, draws: number): boolean;
  /** The same for memory that is known. */
  watchBuffer(view: Uint8Array): void;
  /** In a child: fills anew what the parent may have drawn in advance; false if the kernel gives no random bytes. */
  renewCaches(): boolean;
  /** How many workers of V8 take tasks; -1 before the first fork. */
  workers(): number;
}

function load<Addon>(name: string): Addon {
  const file = addonFile(name);
  try {
    return require(file) as Addon;
  } catch (error) {
    throw (require('./addons/advice') as typeof import('./addons/advice')).whyNotLoaded(file, error);
  }
}

export const native: Native = load<Native>('realfork');

let loadedQuiesce: Quiesce | undefined;

/** On the main thread it is loaded with the package, so that it has seen every callback of the pool that forks. */
export function quiesce(): Quiesce {
  loadedQuiesce ??= load<Quiesce>('quiesce');
  return loadedQuiesce;
}

if (native.isMainThread()) native.useQuiescence(quiesce().quiescence);
