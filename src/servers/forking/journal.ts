import { errnoName, SyscallError, strerror } from '../../errno';
import type { ServerEvent } from './events';
import { RateLimit } from './rate-limit';
import type { Counts } from './status';

/** Between two lines that say the same. */
const SAME_LINE_MS = 1000;

/** Tells what happens to the `log` of the options: errors of one kind once a second. */
export class Journal {
  private readonly lines: RateLimit;

  constructor(
    private readonly counts: Counts,
    private readonly log: ((event: ServerEvent) => void) | undefined,
    now: () => number,
  ) {
    this.lines = new RateLimit(SAME_LINE_MS, now);
  }

  tell(event: ServerEvent): void {
    this.log?.(event);
  }

  /** Of a call that throws. */
  failure(error: unknown): void {
    if (!(error instanceof SyscallError)) throw error;
    this.error(error.syscall, -error.errno);
  }

  error(call: string, errno: number): void {
    this.counts.failed(call, errno);
    this.lines.note(`${call} ${errno}`, (times) =>
      this.tell({ event: 'error', call, errno: errnoName(errno), text: strerror(errno), times }),
    );
  }
}
