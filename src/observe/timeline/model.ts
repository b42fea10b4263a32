/**
 * What a run looked like, drawn from its events and from nothing else: what a page draws, and a trace is made of. Times are
 * CLOCK_MONOTONIC in microseconds, as in the events.
 */

/** A system call of a process, from its entry to its return. */
export interface CallBar {
  readonly kind: 'call';
  readonly call: string;
  /** As text: "-1, WNOHANG". */
  readonly args: string;
  readonly start: number;
  readonly end: number;
  /** "4713, exited 0"; undefined if the call was not seen to return. */
  readonly shown: string | undefined;
  /** "EINTR", if it failed. */
  readonly errno: string | undefined;
  /** How many calls and handlers it is inside of: 0 is the bottom. */
  readonly depth: number;
}

/** A run of a handler. */
export interface HandlerBar {
  readonly kind: 'handler';
  readonly signal: string;
  readonly start: number;
  readonly end: number;
  /** False for one that ended its process, or was running when the events end. */
  readonly returned: boolean;
  readonly depth: number;
}

export type Bar = CallBar | HandlerBar;

/**
 * From the exit of a child until its parent has its status. Not there for a child whose exit was not seen (one that was
 * killed says nothing), whose parent is not in the run, or that leaves no zombie (SIG_IGN, SA_NOCLDWAIT).
 */
export interface Zombie {
  readonly start: number;
  readonly end: number;
  /** What ended it: the call that gave its pid; the end of its parent; nothing that the events show. */
  readonly until: 'reaped' | 'parent ended' | 'end of run';
}

/** What became of a process, as far as the events show it. */
export interface Ending {
  readonly t: number;
  /** "exit(0)"; of one that did not say so itself, what its parent was told: "killed by SIGKILL". */
  readonly how: string;
  /** True if the process said so; false if it was its parent's wait that told. */
  readonly seen: boolean;
}

/** A process. */
export interface Lane {
  /** Its place in the list of lanes, which pids need not be unique in. */
  readonly id: number;
  readonly pid: number;
  /** Its role if it has said one: "server"; "child 2" for the second that its parent made. */
  readonly name: string;
  /** The lane of the parent, if its fork is in the run. */
  readonly parent: number | undefined;
  readonly start: number;
  /** Its exit, or the last that is known of it. */
  readonly end: number;
  readonly ending: Ending | undefined;
  readonly bars: readonly Bar[];
  readonly zombie: Zombie | undefined;
  /** How many rows its bars take: one more than the greatest depth. */
  readonly rows: number;
}

export interface Place {
  readonly lane: number;
  readonly t: number;
  readonly depth: number;
}

/**
 * What led to what: a fork to its child; a signal that a process sent to the next run of the handler for it; the exit of a child to
 * the run of its parent's SIGCHLD handler; that, or where there is none the exit, to the call that gave its status.
 */
export interface Arrow {
  readonly kind: 'fork' | 'signal' | 'sigchld' | 'reap';
  readonly from: Place;
  readonly to: Place;
  /** The lane of the process that it is about: the child, or who was sent the signal. */
  readonly about: number;
}

export interface Timeline {
  readonly title: string;
  readonly start: number;
  readonly end: number;
  /** Each child after its parent, in the order of their making. */
  readonly lanes: readonly Lane[];
  readonly arrows: readonly Arrow[];
}
