import type { Ending } from '../experiments/observed-program';
import type { Event } from '../observe/events';
import type { Observation, ProcessView } from '../observe/types';
import type { Client } from './client';
import type { Language } from './submission';
import type { Terminal } from './terminal';

/**
 * What a lab is, and what its tests may ask of the grader. How to add one: docs/instructors.md.
 */

/** A lab: its texts are in labs/NN-name/, its tests in graders/NN-name.ts. */
export interface Lab {
  /** "02". */
  readonly number: string;
  /** "fork-and-close": with the number the name of its directory. */
  readonly name: string;
  readonly title: string;
  /** The text it comes from: "UNP 4.8, Figure 4.13". */
  readonly source: string;
  /** What the student's file is called: "server.ts". */
  readonly file: string;
  readonly tests: readonly LabTest[];
}

export interface LabTest {
  /** For --filter, and for machines: "two-clients". */
  readonly name: string;
  /** For people, as a statement that is true of a program that passes: "a second client is answered while the first stays". */
  readonly what: string;
  readonly points: number;
  /** What the test may take as a whole; DEFAULT_SECONDS if it does not say. On a busy machine it is more by itself. */
  readonly seconds?: number;
  /** Why a program in a language cannot have it: its points are given to others then. */
  readonly notFor?: Readonly<Partial<Record<Language, string>>>;
  /** The faulty version is meant to fail it. */
  readonly faultyFails?: boolean;
  /**
   * Runs the student's program and looks. The points are earned if nothing was reported as bad or missing. What it
   * throws ends the test: a wait that does not come to its end throws by itself, with what was waited for.
   */
  run(attempt: Attempt): Promise<void>;
}

export const DEFAULT_SECONDS = 20;

/** What was expected, what was seen instead, and where to read about it. */
export interface Finding {
  readonly expected: string;
  readonly seen?: string;
  /** A man page or a section of a book: "accept(2), EINTR", "UNP 5.9". */
  readonly see?: string;
}

/** A line of a test's result. */
export interface Line extends Finding {
  readonly verdict: 'GOOD' | 'BAD' | 'MISSING';
}

/** Ends a test: what it needed did not come. */
export class Failure extends Error {
  constructor(
    readonly verdict: 'BAD' | 'MISSING',
    readonly finding: Finding,
  ) {
    super(finding.expected);
  }
}

export interface StartOptions {
  /** Its standard input: at its end from the beginning (the default), or a pipe until endInput(). */
  readonly input?: 'none' | 'pipe';
  /**
   * Has the program tell each of its system calls, in `events`; one of another language strace tells them of. It could lie:
   * prefer what the kernel and clients see.
   */
  readonly events?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** RLIMIT_NOFILE of the program. */
  readonly descriptors?: number;
  /** Its standard descriptors, and the controlling terminal of its session: in place of `input`, `stdout`, `stderr`. */
  readonly terminal?: Terminal;
  /** Calls that are to fail: "fork:error=EAGAIN:when=2". See injected-errors.ts. */
  readonly inject?: readonly string[];
}

/** The student's program, running in a process of its own, in a session of its own. */
export interface Student {
  /** Of the program itself. */
  readonly pid: number;
  /** What it and its children have written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** If asked for with `events`. */
  readonly events: readonly Event[];
  /** The program itself has not ended: it is no zombie either. */
  readonly alive: boolean;
  /** Until a socket of the program listens on TCP; its port, whichever the program has chosen. */
  listening(): Promise<number>;
  /** A client that is connected to the port that the program listens on. */
  client(): Promise<Client>;
  /** Until the program itself has ended. */
  ended(): Promise<Ending>;
  /** The program and all that it has made, orphans among them. Zombies too. */
  processes(): ProcessView[];
  /** All of these in detail: states, signals, descriptors, sockets. */
  observe(): Observation;
  /** Processes that have ended, and whose parent, one of `processes`, has not waited for them. */
  zombies(): ProcessView[];
  /**
   * Children of a process of the student's, that have not ended. The program's are also those whose parent has ended: it has
   * forked twice, so that nobody has to wait for them.
   */
  children(pid?: number): ProcessView[];
  /** Sends a signal to the program, or another process of the student's. */
  signal(signal: NodeJS.Signals, pid?: number): void;
  /** On its standard input. */
  input(text: string): void;
  endInput(): void;
}

/** One test of one program. Whatever it starts is ended after the test, whatever it does. */
export interface Attempt {
  /** Where the program runs: a directory of its own, which is removed. */
  readonly directory: string;
  /** Runs the student's program as a user does: `realfork run FILE ARGS`, `./server ARGS`. @param args ["0"] if not said: any port */
  start(args?: readonly string[], options?: StartOptions): Promise<Student>;
  /** What was as expected. */
  good(expected: string): void;
  /** What was otherwise. The test goes on, without points. */
  bad(finding: Finding): void;
  /** What was not there. The test goes on, without points. */
  missing(finding: Finding): void;
  /** good() or bad(), as it holds. @param seen what was seen, if it does not hold */
  expect(holds: boolean, finding: Finding): void;
  /**
   * Looks again and again until `look` gives something that is not undefined, null or false.
   * @param what for the student, if the time is over: "a child that serves the second client"
   */
  until<Found>(what: string, look: () => Found | undefined | null | false, see?: string): Promise<Found>;
  /** The promise's value; if the time is over before, the test ends with what was waited for. */
  within<Value>(what: string, promise: Promise<Value>, see?: string): Promise<Value>;
}
