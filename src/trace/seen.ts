/**
 * The same of every tracer: what it saw of processes and threads, without its own words for it. src/trace/processes.ts makes the
 * events of a run of that.
 */

interface SeenBase {
  /** The kernel's number of the thread: of the first thread of a process that is its pid. */
  readonly thread: number;
  /** Microseconds, on one clock for all. */
  readonly t: number;
  /** Grows with each line of the tracer: which of two of the same time came first. */
  readonly order: number;
}

/** A call that makes a process or a thread has begun: the new one may be seen before its maker's call returns. */
export interface Making extends SeenBase {
  readonly kind: 'making';
}

export type Outcome =
  | { readonly kind: 'returned'; readonly value?: number; readonly shown: string }
  | { readonly kind: 'failed'; readonly errno: string }
  /** A signal has interrupted it. The kernel makes it again, or has it fail with EINTR: the next that is seen tells. */
  | { readonly kind: 'interrupted' }
  /** It did not return while the tracer looked, or its process ended in it. */
  | { readonly kind: 'none' };

/** What sigaction leaves behind: with SA_RESETHAND the handler is for one signal. */
export type HandlerSet = 'set' | 'once' | 'none';

/** What a call changes beside its own result. */
export type Effect =
  | { readonly kind: 'made'; readonly thread: number; readonly as: 'process' | 'thread' }
  | { readonly kind: 'disposition'; readonly signal: string; readonly handler: HandlerSet }
  | { readonly kind: 'exec' }
  /** The process is about to end by itself. */
  | { readonly kind: 'exits'; readonly status: number }
  /** Its parent has the status of this child, and the tracer did not see which: the program gave NULL for it. */
  | { readonly kind: 'reaped'; readonly child: number }
  /** The address of a socket, as bind or getsockname tells it. */
  | { readonly kind: 'named'; readonly fd: string; readonly address: string }
  | { readonly kind: 'listens'; readonly fd: string };

/** A call, as soon as it is known how it ended: `t` is its entry. */
export interface SeenCall extends SeenBase {
  readonly kind: 'call';
  /** Its return. */
  readonly end: number;
  /** As programs know it: "accept", "waitpid", "fork". */
  readonly call: string;
  /** As in the events of this package: "-1, WNOHANG". */
  readonly args: string;
  readonly outcome: Outcome;
  readonly effect?: Effect;
  /** It goes on with the call that a signal has interrupted: restart_syscall(2). */
  readonly continues?: true;
}

/** A signal is delivered. Whether a handler runs for it is not said. */
export interface SeenSignal extends SeenBase {
  readonly kind: 'signal';
  readonly signal: string;
  /** The pid of who sent it, or of the child that SIGCHLD is about. */
  readonly from?: number;
}

/** A handler is left: sigreturn(2). */
export interface HandlerReturn extends SeenBase {
  readonly kind: 'handler-return';
  /** True if the call that the signal had interrupted fails with EINTR. */
  readonly isEintr: boolean;
  /** The signals that are blocked from now on, where the tracer tells: within another handler, that one's own. */
  readonly blocked?: readonly string[];
}

/** A thread is no more; with its first thread the process. */
export interface SeenEnd extends SeenBase {
  readonly kind: 'end';
  readonly how:
    | { readonly kind: 'exited'; readonly status: number }
    | { readonly kind: 'killed'; readonly signal: string; readonly core: boolean };
}

/** Another thread, `by`, has made the process anew by exec, and goes on under this number. execve(2) */
export interface Replaced extends SeenBase {
  readonly kind: 'replaced';
  readonly by: number;
}

export type Seen = Making | SeenCall | SeenSignal | HandlerReturn | SeenEnd | Replaced;
