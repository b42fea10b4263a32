import type { Peers } from '../peers';

/** What one round of a row gives: a figure in each unit that it is measured in. */
export type Figures = Readonly<Record<string, number>>;

/** One thing that is measured: a peer, or a size. */
export interface Row<Given = Figures> {
  readonly id: string;
  readonly name: string;
  /** One round; undefined where it cannot be measured on this machine. */
  readonly measure?: () => Promise<Given>;
  /** Why not. */
  readonly skipped?: string;
}

/** `of` is at least so many times as good as `beside`: the ids of two rows. */
export interface Goal {
  readonly of: string;
  readonly beside: string;
  readonly atLeast: number;
}

/** The figures of one unit: a table, and a chart. */
export interface Table {
  readonly title: string;
  readonly unit: string;
  /** What is measured in it, where the unit does not say so: "processor time". */
  readonly quantity?: string;
  /** Which of two values is the good one. */
  readonly better: 'more' | 'less';
  readonly goals?: readonly Goal[];
  /** What can be said of all medians together, by the rows' ids. */
  readonly remark?: (medians: ReadonlyMap<string, number>) => string;
}

/** Rows that are measured in turns, and the tables that the same rounds give. */
export interface Measurement {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly tables: readonly Table[];
}

/** A measurement whose rounds give one figure. */
export interface SingleMeasurement extends Table {
  readonly id: string;
  readonly rows: readonly Row<number>[];
}

export function single({ id, rows, ...table }: SingleMeasurement): Measurement {
  return {
    id,
    rows: rows.map(({ measure, ...row }) =>
      measure === undefined ? row : { ...row, measure: async () => ({ [table.unit]: await measure() }) },
    ),
    tables: [table],
  };
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
