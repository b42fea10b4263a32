import { type Event, eventLine } from '../observe/events';
import { printable } from '../printable';
import { LineSplitter } from './lines';
import { inOrder, Processes, type ProcessesOptions } from './processes';
import { LONGEST_LINE, type Problem, StraceReader } from './strace/reader';
import type { Placed } from './thread';

/** A log as it is read: what became of it so far. */

/** How many problems are kept: of the others it is known how many there are. */
const PROBLEMS_KEPT = 3;

export interface CollectorOptions extends ProcessesOptions {
  /** All calls of the log, and not only those that are shown where nobody asks. */
  readonly all: boolean;
  /** Told of each event in a line for people, as soon as it is certain. */
  readonly line: (text: string) => void;
  /** Told of the first process that there is. */
  readonly first?: (pid: number) => void;
}

export class Collector {
  private readonly placed: Placed[] = [];
  private readonly processes: Processes;
  private readonly reader: StraceReader;
  private readonly splitter: LineSplitter;
  private readonly kept: Problem[] = [];
  private problems = 0;
  private root: number | undefined;
  /** Whether the first process is known to have ended. */
  hasRootEnded = false;

  constructor({ all, line, first, ...options }: CollectorOptions) {
    this.processes = new Processes((one) => {
      this.placed.push(one);
      const { kind, pid } = one.event;
      if (pid === this.root && (kind === 'exit' || kind === 'killed')) this.hasRootEnded = true;
      const text = eventLine(one.event);
      if (text !== undefined) line(printable(text));
    }, options);
    const take = (seen: Parameters<Processes['take']>[0]): void => {
      if (this.root === undefined) {
        this.root = seen.thread;
        first?.(seen.thread);
      }
      this.processes.take(seen);
    };
    const problem = this.problem.bind(this);
    this.reader = all ? new StraceReader(take, problem, 'all') : new StraceReader(take, problem);
    this.splitter = new LineSplitter((text) => this.reader.line(text), LONGEST_LINE);
  }

  /** A part of the log. */
  take(chunk: Buffer): void {
    this.splitter.take(chunk);
  }

  /** There is no more. */
  end(): void {
    this.splitter.end();
    this.reader.end();
    this.processes.end();
  }

  /** In the order of their times. */
  events(): readonly Event[] {
    return inOrder(this.placed);
  }

  /** How many lines were strace's. */
  get understood(): number {
    return this.reader.understood;
  }

  get precision(): StraceReader['precision'] {
    return this.reader.precision;
  }

  /** When the log begins, if it tells. */
  get date(): Date | undefined {
    const { date } = this.reader;
    return date === undefined ? undefined : new Date(date);
  }

  /** The first lines that are not strace's, and how many there are. */
  get notUnderstood(): { readonly first: readonly Problem[]; readonly count: number } {
    return { first: this.kept, count: this.problems };
  }

  private problem(problem: Problem): void {
    ++this.problems;
    if (this.kept.length < PROBLEMS_KEPT) this.kept.push(problem);
  }
}
