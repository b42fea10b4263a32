/** The shapes that the calls take and give. Fields have the names that the C structs give them. */

/** An IPv4 or IPv6 socket address: struct sockaddr_in, struct sockaddr_in6. ip(7), ipv6(7). */
export interface InetAddress {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** In figures: "127.0.0.1", "::1", "fe80::1%eth0". Names are not looked up. */
  readonly address: string;
  /** 0 to 65535, in host byte order; 0 asks bind(2) for an ephemeral port. */
  readonly port: number;
}

/** A path of the file system, or, beginning with NUL, a name in Linux' abstract space. unix(7). */
export interface UnixAddress {
  /** AF_UNIX. */
  readonly family: number;
  readonly path: string;
}

export type SocketAddress = InetAddress | UnixAddress;

/** What a fork may be asked for beside fork(2). */
export interface ForkOptions {
  /**
   * false: the child does not have what its parent's event loop has. Its copies of the servers, sockets, watchers and
   * timers that keep the loop alive are closed, and none of their listeners is called in the child. Signal handlers,
   * standard input, output and error, descriptors that are no handles of Node, and promises stay. Default: true, as
   * in C.
   */
  readonly inheritHandles?: boolean;
  /**
   * true: goes ahead also where this process has threads that are not Node's, or cannot be looked at. For programs whose
   * children never touch the library that has them. Default: false, ERR_FORK_WITH_THREADS.
   */
  readonly allowThreads?: boolean;
  /**
   * How long busy threads may take to come to rest before fork() gives up, in milliseconds; the event loop stands still
   * meanwhile. Default: 250 for libuv's pool, 5,000 for V8's workers.
   */
  readonly patience?: number;
}

/** As ForkOptions; there is no wait to be patient with. */
export interface ForkWhenIdleOptions extends Omit<ForkOptions, 'patience'> {
  /** Ends the wait: the promise is rejected with its reason, and nothing was forked. */
  readonly signal?: AbortSignal;
}

/** What wait(2) and waitpid(2) give. `pid` 0: WNOHANG, and no child has changed state. */
export interface WaitResult {
  readonly pid: number;
  /** For WIFEXITED(status) and its kin. */
  readonly status: number;
}

/** What wait3(2) and wait4(2) give. */
export interface WaitUsageResult extends WaitResult {
  /** Of the child that was reaped, and of those that it had waited for. All zero if none was. */
  readonly rusage: Rusage;
}

/** struct rusage: what processes have used. getrusage(2). */
export interface Rusage {
  /** Time in user mode. */
  readonly ru_utime: Timeval;
  /** Time in the kernel. */
  readonly ru_stime: Timeval;
  /** The most memory that was resident at a time, in kibibytes. */
  readonly ru_maxrss: number;
  /** Page faults without input. */
  readonly ru_minflt: number;
  /** Page faults with input. */
  readonly ru_majflt: number;
  /** Blocks read. */
  readonly ru_inblock: number;
  /** Blocks written. */
  readonly ru_oublock: number;
  /** Times that it gave the processor away, to wait. */
  readonly ru_nvcsw: number;
  /** Times that the processor was taken from it. */
  readonly ru_nivcsw: number;
}

/** struct itimerval. setitimer(2). */
export interface Itimerval {
  /** From one signal to the next; all zero: one signal only. */
  readonly it_interval: Timeval;
  /** Until the next signal; all zero: the timer is off. */
  readonly it_value: Timeval;
}

/** struct timespec. */
export interface Timespec {
  /** Seconds, >= 0. */
  tv_sec: number;
  /** Nanoseconds, 0 to 999,999,999. */
  tv_nsec: number;
}

/** struct timeval, as SO_RCVTIMEO and SO_SNDTIMEO take it. All zero: no time limit. */
export interface Timeval {
  /** Seconds, >= 0. */
  readonly tv_sec: number;
  /** Microseconds, 0 to 999,999. */
  readonly tv_usec: number;
}

/** struct linger, the value of SO_LINGER. socket(7). */
export interface Linger {
  /** 0: off. */
  readonly l_onoff: number;
  /** Seconds that close(2) may linger. */
  readonly l_linger: number;
}

/** struct rlimit. RLIM_INFINITY is Infinity. getrlimit(2). */
export interface Rlimit {
  /** The soft limit, the one in force. */
  readonly rlim_cur: number;
  /** The hard limit, the ceiling of the soft one. */
  readonly rlim_max: number;
}

/** siginfo_t, which a handler with SA_SIGINFO, sigwaitinfo(2) and waitid(2) give. */
export interface SignalInfo {
  readonly signo: number;
  /** Why: CLD_EXITED, CLD_KILLED, SI_USER, … */
  readonly code: number;
  /** Of the child, or of the process that sent the signal. */
  readonly pid: number;
  /** Real user of that process. */
  readonly uid: number;
  /** SIGCHLD: the exit status, or the signal that ended or stopped the child. */
  readonly status: number;
  /** code SI_QUEUE: the number that sigqueue(3) sent along; else 0. */
  readonly value: number;
}

/** `info` is there if the action has SA_SIGINFO. */
export type SignalHandler = (signo: number, info: SignalInfo) => void;

declare const disposition: unique symbol;
/** SIG_DFL or SIG_IGN. */
export type StandardDisposition = number & { readonly [disposition]: true };

declare const foreign: unique symbol;
/**
 * A handler that was not installed through this package (Node's own for SIGINT, libuv's for SIGCHLD).
 * It can be put back, with the mask and the flags that it had, and nothing else.
 */
export interface ForeignHandler {
  readonly [foreign]: true;
}

/** struct sigaction. sigaction(2). */
export interface SignalAction {
  readonly handler: SignalHandler | StandardDisposition | ForeignHandler;
  /** Signals to block while the handler runs, besides its own. None if left out. */
  readonly mask?: readonly number[];
  /** SA_RESTART, SA_NOCLDWAIT, … or'ed. 0 if left out. */
  readonly flags?: number;
}

/** What sigaction(2) found: every field is there. */
export type OldSignalAction = Required<SignalAction>;

/** What sigaction(2) takes: the whole action, or its handler alone. */
export type NewSignalAction = SignalAction | SignalHandler | StandardDisposition | ForeignHandler;

/** An entry of what poll(2) is asked. */
export interface PollRequest {
  readonly fd: number;
  /** POLLIN, POLLOUT, ... or'ed; POLLERR, POLLHUP and POLLNVAL are told of unasked. */
  readonly events: number;
}

/** struct pollfd, as poll(2) leaves it. */
export interface PollResult extends PollRequest {
  /** What has happened, of `events`, POLLERR, POLLHUP and POLLNVAL; 0: nothing. */
  readonly revents: number;
}

/** What select(2) leaves of its three sets. All empty: the time is over. */
export interface ReadyDescriptors {
  readonly readfds: number[];
  readonly writefds: number[];
  readonly exceptfds: number[];
}

/** What recvfrom(2) gives. */
export interface ReceivedFrom {
  /** Bytes; with MSG_TRUNC those that the datagram had. */
  readonly count: number;
  /** Of the sender; null for a connected stream and a socket without a name. */
  readonly address: SocketAddress | null;
}

/** Descriptors on their way to another process: SOL_SOCKET, SCM_RIGHTS. unix(7), UNP 15.7 */
export interface DescriptorMessage {
  readonly cmsg_level: number;
  readonly cmsg_type: number;
  readonly fds: readonly number[];
}

/** Any other control message, its data as the kernel has it. cmsg(3) */
export interface DataMessage {
  readonly cmsg_level: number;
  readonly cmsg_type: number;
  readonly data: ByteView;
}

export type ControlMessage = DescriptorMessage | DataMessage;

/** struct msghdr, for sendmsg(2). */
export interface Message {
  readonly msg_iov: readonly (ByteView | string)[];
  /** Whereto, on a socket that is not connected. */
  readonly msg_name?: SocketAddress;
  readonly msg_control?: readonly ControlMessage[];
}

/** struct msghdr, for recvmsg(2): what is to be filled. */
export interface MessageBuffers {
  readonly msg_iov: readonly ByteView[];
  /** Bytes of room for control messages, their headers included. 0 if left out: none are received. */
  readonly msg_controllen?: number;
}

/** What recvmsg(2) gives. */
export interface ReceivedMessage {
  /** Bytes. */
  readonly count: number;
  /** Of the sender; null if it has none. */
  readonly msg_name: SocketAddress | null;
  readonly msg_control: ControlMessage[];
  /** MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB or'ed. */
  readonly msg_flags: number;
}

/** struct sembuf. semop(2) */
export interface SemaphoreOperation {
  /** Which semaphore of the set, from 0. */
  readonly sem_num: number;
  /** Added to its value, which never goes below 0; 0 waits for 0. */
  readonly sem_op: number;
  /** IPC_NOWAIT, SEM_UNDO or'ed; 0 if left out. */
  readonly sem_flg?: number;
}

/** What msgrcv(2) gives. */
export interface ReceivedQueueMessage {
  /** The message's type, > 0. */
  readonly mtype: number;
  /** Bytes. */
  readonly count: number;
}

/** What a child of posix_spawn(3) does with its descriptors before the program begins, in the order of the list. */
export type SpawnFileAction =
  | { readonly close: number }
  | { readonly dup2: number; readonly to: number }
  /** `mode` of a file that it makes: 0o600 if left out. */
  | { readonly open: string; readonly to: number; readonly flags: number; readonly mode?: number };

/** posix_spawn_file_actions_t and posix_spawnattr_t. What is left out is inherited. posix_spawn(3) */
export interface SpawnAttributes {
  readonly fileActions?: readonly SpawnFileAction[];
  /** The process group that the child joins; 0: one of its own. */
  readonly pgroup?: number;
  /** The signals that the child blocks. */
  readonly sigmask?: readonly number[];
  /** Signals whose action is the default one in the child: SIGPIPE, which Node ignores. */
  readonly sigdefault?: readonly number[];
  /** true: the effective IDs are the real ones. */
  readonly resetids?: boolean;
}

/** struct winsize: characters. */
export interface WindowSize {
  readonly ws_row: number;
  readonly ws_col: number;
}

/** What openpty(3) gives. */
export interface Pty {
  /** The descriptor of the terminal emulator's side. */
  readonly master: number;
  /** The descriptor of the program's side. */
  readonly slave: number;
  /** The path of the program's side. */
  readonly name: string;
}

/** What forkpty(3) gives. */
export interface ForkedPty {
  /** 0 in the child. */
  readonly pid: number;
  /** -1 in the child, whose descriptors 0 to 2 are the other side. */
  readonly master: number;
  readonly name: string;
}

/** What getresuid(2) and getresgid(2) give. */
export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

/** struct flock: a lock on bytes of a file. fcntl(2). */
export interface Flock {
  /** F_RDLCK, F_WRLCK, F_UNLCK. */
  readonly l_type: number;
  /** What l_start counts from: SEEK_SET (if left out), SEEK_CUR, SEEK_END. */
  readonly l_whence?: number;
  /** Bytes. 0 if left out. */
  readonly l_start?: number;
  /** Bytes; 0, or left out: to the end, however far the file will grow. */
  readonly l_len?: number;
}

/** What F_GETLK gives: the lock that is in the way, or l_type F_UNLCK. */
export interface FoundFlock extends Required<Flock> {
  /** The process that has it; -1 for one of an open file description. */
  readonly l_pid: number;
}

declare const getLockCommand: unique symbol;
declare const setLockCommand: unique symbol;
/** F_GETLK. */
export type GetLockCommand = number & { readonly [getLockCommand]: true };
/** F_SETLK, F_SETLKW. */
export type SetLockCommand = number & { readonly [setLockCommand]: true };

declare const timevalOption: unique symbol;
declare const lingerOption: unique symbol;
/** A socket option whose value is a {@link Timeval}: SO_RCVTIMEO, SO_SNDTIMEO. */
export type TimevalOption = number & { readonly [timevalOption]: true };
/** A socket option whose value is a {@link Linger}: SO_LINGER. */
export type LingerOption = number & { readonly [lingerOption]: true };
export type SocketOptionValue = number | boolean | Timeval | Linger;

/** Where read(2) puts bytes and where write(2) takes them from. */
export type ByteView = NodeJS.ArrayBufferView;
