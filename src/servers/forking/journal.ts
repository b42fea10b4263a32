import { errnoName, strerror } from '../../errno';
import { refusePromise } from '../services/service';
import type { Complain } from './complaints';
import { happenedAgo, neverWaits, type ServerEvent, wants } from './events';
import { together } from './line-writer';
import { WHY_NOT_ASYNC } from './options';
import { RateLimit } from './rate-limit';
import type { Counts } from './status';

/** Between two lines that say the same. */
const SAME_LINE_MS = 1000;

type Log = (event: ServerEvent) => unknown;

export interface JournalParts {
  readonly log: Log | undefined;
  readonly now: () => number;
  /** Runs code of the program. */
  readonly asProgram: (run: () => unknown) => unknown;
  readonly complain: Complain;
}

/** A failure that the surroundings may give at any time, as a log that cannot be written. Others are mistakes. */
const isOfSystem = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException | undefined)?.errno === 'number';

/** "fork(): 2 worker_threads are running. The child would …" → "2 worker_threads are running" */
const inShort = (message: string): string => message.replace(/^fork\(\): /, '').replace(/[.:]\s[\s\S]*$/, '');

/**
 * Tells what happens to the `log` of the options: errors of one kind once a second. Whatever becomes of the log, the server
 * serves on: what cannot be told is counted, and the count is told before the next event that can.
 */
export class Journal {
  private readonly lines: RateLimit;
  private readonly log: Log | undefined;
  private lost = 0;
  private hasComplained = false;

  constructor(
    private readonly counts: Counts,
    private readonly parts: JournalParts,
  ) {
    const { log, asProgram, now } = parts;
    this.log = log === undefined || neverWaits(log) ? log : (event) => asProgram(() => log(event));
    this.lines = new RateLimit(SAME_LINE_MS, now);
  }

  /** Whether anybody wants to be told of events of this kind. */
  isToldOf(kind: ServerEvent['event']): boolean {
    const { log } = this.parts;
    return log !== undefined && wants(log, kind);
  }

  /** @param ago how long ago it was, where it is told late. Milliseconds */
  tell(event: ServerEvent, ago = 0): void {
    if (this.log === undefined) return;
    if (ago > 0) happenedAgo(event, ago);
    if (this.lost > 0 && this.attempt({ event: 'lost', lines: this.lost })) this.lost = 0;
    if (this.lost > 0 || !this.attempt(event)) this.lost += 1;
  }

  /** Tells all that `run` has to tell at once. */
  together(run: () => void): void {
    const before = this.lost;
    const failed = together(run);
    // The first line said how many were lost before, and is none of these.
    if (failed > 0) this.lost = before > 0 ? before + failed - 1 : failed;
  }

  /** A call that the system has refused. */
  error(call: string, errno: number): void {
    this.note(call, errnoName(errno), strerror(errno));
  }

  /** A fork that this package has refused, or a hook of the program. */
  refusal(call: string, error: unknown): void {
    const why: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    this.note(call, why.code ?? why.name, inShort(why.message));
  }

  /** When tellDue has something to do, in milliseconds of the server's clock. */
  get due(): number {
    return this.lines.due;
  }

  tellDue(): void {
    this.lines.tellDue();
  }

  tellAll(): void {
    this.lines.tellAll();
  }

  private note(call: string, errno: string, text: string): void {
    this.counts.failed(call, errno);
    this.lines.note(`${call} ${errno}`, (times) => this.tell({ event: 'error', call, errno, text, times }));
  }

  private attempt(event: ServerEvent): boolean {
    try {
      refusePromise(this.log?.(event), 'log', WHY_NOT_ASYNC.log);
      return true;
    } catch (error) {
      if (!isOfSystem(error) && !this.hasComplained) {
        this.hasComplained = true;
        this.parts.complain('log', error);
      }
      return false;
    }
  }
}
