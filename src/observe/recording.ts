import type { Event } from './events';

/** What an experiment observed, in one table: a value for each column. Those that cannot be compared are left out of `expected`. */
export interface Row {
  readonly id: string;
  /** What was done, in a few words: the first column. */
  readonly setUp: string;
  readonly observed: Readonly<Record<string, string | number | boolean>>;
  /** What this system is expected to do; undefined where nothing is known of it. */
  readonly expected: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly asExpected: boolean;
}

/** The events of one run of its processes. */
export interface RecordedRun {
  /** What was run: the `setUp` of its row, mostly. */
  readonly title: string;
  readonly events: readonly Event[];
}

/** An experiment and what came of it: what `--record` keeps, and every report is made from. */
export interface Recording {
  readonly experiment: string;
  readonly question: string;
  /** Two lines: what came out, and why. */
  readonly verdict: readonly [string, string];
  /** Man page, or book and section. */
  readonly source: string;
  /** "Linux 6.18.0 x64". */
  readonly system: string;
  /** "v22.1.0". */
  readonly node: string;
  /** ISO 8601. */
  readonly date: string;
  readonly rows: readonly Row[];
  readonly runs: readonly RecordedRun[];
}
