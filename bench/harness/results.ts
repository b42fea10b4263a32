import type { Machine } from '#src/bench/machine.js';
import { median } from '#src/bench/median.js';
import type { Figures, Goal, Measurement, Table } from './benchmark';

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

/** One table. */
export interface MeasurementResult extends Pick<Table, 'title' | 'unit' | 'quantity' | 'better'> {
  /** Of the measurement: tables of the same rounds have the same. */
  readonly id: string;
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

/** The rounds of each row, by its id. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>;

function tableOf({ id, rows }: Measurement, table: Table, all: Rounds): MeasurementResult {
  const { title, unit, quantity, better, goals = [], remark } = table;
  const rounds = new Map([...all].map(([row, given]) => [row, given.flatMap((figures) => figures[unit] ?? [])]));
  const medians = new Map<string, number>();
  for (const [row, values] of rounds) if (values.length > 0) medians.set(row, median(values));
  const timesAsGood = (of: string, beside: string): number | null => {
    const [own, other] = [medians.get(of), medians.get(beside)];
    if (own === undefined || other === undefined) return null;
    return better === 'more' ? own / other : other / own;
  };
  return {
    ...{ id, title, unit, better },
    ...(quantity === undefined ? {} : { quantity }),
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

/** A table for each unit. */
export function resultsOf(measurement: Measurement, rounds: Rounds): MeasurementResult[] {
  return measurement.tables.map((table) => tableOf(measurement, table, rounds));
}
