import type { Machine } from '#src/bench/machine.js';
import { median } from '#src/bench/median.js';
import type { Goal, Measurement } from './benchmark';

/** The ids of this package's own rows, which all others are compared with. */
export const OURS: readonly string[] = ['realfork', 'realfork-tuned'];

/** One row, measured. */
export interface RowResult {
  readonly id: string;
  readonly name: string;
  readonly rounds: readonly number[];
  readonly median: number | null;
  readonly skipped?: string;
  /** How many times as good each of OURS is; null where one of the two was not measured. */
  readonly ours: readonly (number | null)[];
}

export interface GoalResult extends Goal {
  /** null where one of the two was not measured. */
  readonly is: number | null;
}

export interface MeasurementResult extends Pick<Measurement, 'id' | 'title' | 'unit' | 'better'> {
  readonly rows: readonly RowResult[];
  readonly goals: readonly GoalResult[];
  readonly remark?: string;
}

export interface Report extends Machine {
  /** Of the last minute, before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly measurements: readonly MeasurementResult[];
}

/** @param rounds of each row, by its id */
export function resultOf(measurement: Measurement, rounds: ReadonlyMap<string, readonly number[]>): MeasurementResult {
  const { id, title, unit, better, rows, goals = [], remark } = measurement;
  const medians = new Map<string, number>();
  for (const [row, values] of rounds) if (values.length > 0) medians.set(row, median(values));
  const timesAsGood = (of: string, beside: string): number | null => {
    const [own, other] = [medians.get(of), medians.get(beside)];
    if (own === undefined || other === undefined) return null;
    return better === 'more' ? own / other : other / own;
  };
  return {
    ...{ id, title, unit, better },
    rows: rows.map((row) => ({
      ...{ id: row.id, name: row.name, rounds: rounds.get(row.id) ?? [] },
      median: medians.get(row.id) ?? null,
      ...(row.skipped === undefined ? {} : { skipped: row.skipped }),
      ours: OURS.map((own) => timesAsGood(own, row.id)),
    })),
    goals: goals.map((goal) => ({ ...goal, is: timesAsGood(goal.of, goal.beside) })),
    ...(remark === undefined ? {} : { remark: remark(medians) }),
  };
}
