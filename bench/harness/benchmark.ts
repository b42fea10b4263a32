import type { Peers } from '../peers';

/** One thing that is measured: a peer, or a size. */
export interface Row {
  readonly id: string;
  readonly name: string;
  /** One round; undefined where it cannot be measured on this machine. */
  readonly measure?: () => Promise<number>;
  /** Why not. */
  readonly skipped?: string;
}

/** `of` is at least so many times as good as `beside`: the ids of two rows. */
export interface Goal {
  readonly of: string;
  readonly beside: string;
  readonly atLeast: number;
}

/** What is one table, and one chart. */
export interface Measurement {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Which of two values is the good one. */
  readonly better: 'more' | 'less';
  readonly rows: readonly Row[];
  readonly goals?: readonly Goal[];
  /** What can be said of all medians together, by the rows' ids. */
  readonly remark?: (medians: ReadonlyMap<string, number>) => string;
}

/** As the command line has it. */
export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly count: number;
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  readonly prepare: (peers: Peers, options: Options) => readonly Measurement[];
}
