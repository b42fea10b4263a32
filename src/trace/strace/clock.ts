import type { Time } from './line';

const HALF_A_DAY = 12 * 3600 * 1e6;
const DAY = 2 * HALF_A_DAY;

/** How well a log tells times. */
export type Precision = 'exact' | 'seconds' | 'none';

/**
 * Times of a log, in microseconds from its first line, whichever clock it has. Lines without a time, and lines of the same second, are a
 * microsecond apart: their order is all that is known.
 */
export class Clock {
  private first: Time | undefined;
  private last = -1;
  /** What the time of the day has grown by at midnights, and what -r has come to. */
  private added = 0;
  precision: Precision = 'exact';

  /** Milliseconds since 1970 of the first line, if its clock tells. */
  get begun(): number | undefined {
    return this.first?.clock === 'epoch' ? this.first.t / 1000 : undefined;
  }

  /** True if durations are finer than the times, and tell nothing beside them. */
  get isCoarse(): boolean {
    return this.precision !== 'exact';
  }

  /** Of the last line. */
  get now(): number {
    return Math.max(this.last, 0);
  }

  at(time: Time | undefined): number {
    const t = time === undefined ? this.last + 1 : this.sinceFirst(time);
    if (time === undefined) this.precision = 'none';
    else if (time.unit > 1) this.precision = this.precision === 'none' ? 'none' : 'seconds';
    this.last = this.isCoarse ? Math.max(t, this.last + 1) : Math.max(t, 0);
    return this.last;
  }

  private sinceFirst(time: Time): number {
    this.first ??= time;
    if (time.clock === 'relative') {
      if (time !== this.first) this.added += time.t;
      return this.added;
    }
    const t = time.t - this.first.t + this.added;
    if (time.clock === 'epoch' || t >= this.last - HALF_A_DAY) return t;
    this.added += DAY;
    return t + DAY;
  }
}
