import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What piscina tells of times. Milliseconds. */
export interface TimeSummary {
  readonly average: number;
  readonly mean: number;
  readonly stddev: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Recorded in microseconds, told in milliseconds. */
const UNIT = 1000;

/** The times that something took. */
export class Times {
  private histogram: RecordableHistogram | undefined;
  /** Of all of them. Milliseconds. */
  total = 0;

  record(milliseconds: number): void {
    this.total += milliseconds;
    this.histogram ??= createHistogram();
    this.histogram.record(Math.max(1, Math.round(milliseconds * UNIT)));
  }

  get summary(): TimeSummary {
    const { histogram } = this;
    if (histogram === undefined) return { average: 0, mean: 0, stddev: 0, min: 0, max: 0, p50: 0, p90: 0, p99: 0 };
    const at = (percentile: number): number => histogram.percentile(percentile) / UNIT;
    const mean = histogram.mean / UNIT;
    return {
      ...{ average: mean, mean, stddev: histogram.stddev / UNIT, min: histogram.min / UNIT, max: histogram.max / UNIT },
      ...{ p50: at(50), p90: at(90), p99: at(99) },
    };
  }
}
