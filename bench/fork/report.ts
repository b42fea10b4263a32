import type { Machine } from '../support/machine';
import { median } from '../support/median';
import { table } from '../support/table';
import { type Peer, type PeerId, PYTHONS } from './peers';

/** One peer in one measurement. */
export interface Row {
  readonly id: PeerId;
  readonly name: string;
  /** The result of each round. */
  readonly rounds: readonly number[];
  readonly median: number | null;
  /** How many times as good: above 1 is faster. `python` is the faster CPython. null where there is nothing to compare. */
  readonly comparedWith: { readonly c: number | null; readonly python: number | null };
  readonly skipped?: string;
}

export interface Measurement {
  readonly id: 'round-trip' | 'throughput';
  readonly unit: 'µs' | 'conn/s';
  readonly clients?: number;
  readonly rows: readonly Row[];
}

export interface Report extends Machine {
  /** Of the last minute, before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
}

/** The results of a measurement by peer: of each round, or why there are none. */
export type Results = ReadonlyMap<Peer, readonly number[]>;

function ratio(unit: Measurement['unit'], own: number | null, other: number | null): number | null {
  if (own === null || other === null) return null;
  return unit === 'µs' ? other / own : own / other;
}

export function measurement(
  { id, unit, clients }: Pick<Measurement, 'id' | 'unit' | 'clients'>,
  results: Results,
): Measurement {
  const peers = [...results].map(([peer, rounds]) => ({
    ...{ id: peer.id, name: peer.name, rounds },
    median: rounds.length === 0 ? null : median(rounds),
    ...(peer.skipped === undefined ? {} : { skipped: peer.skipped }),
  }));
  const bestOf = (wanted: readonly PeerId[]): number | null => {
    const medians = peers.flatMap((peer) => (wanted.includes(peer.id) && peer.median !== null ? [peer.median] : []));
    if (medians.length === 0) return null;
    return unit === 'µs' ? Math.min(...medians) : Math.max(...medians);
  };
  const c = bestOf(['c']);
  const python = bestOf(PYTHONS);
  return {
    ...{ id, unit, ...(clients === undefined ? {} : { clients }) },
    rows: peers.map((peer) => ({
      ...peer,
      comparedWith: { c: ratio(unit, peer.median, c), python: ratio(unit, peer.median, python) },
    })),
  };
}

function times(value: number | null): string {
  return value === null ? '' : `${value.toFixed(2)} ×`;
}

function cells(row: Row): string[] {
  if (row.skipped !== undefined) return ['skipped', row.skipped, '', ''];
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
  return [
    row.median === null ? '' : whole(row.median),
    `${whole(Math.min(...row.rounds))} – ${whole(Math.max(...row.rounds))}`,
    times(row.comparedWith.python),
    times(row.comparedWith.c),
  ];
}

function title({ id, clients }: Measurement): string {
  if (id === 'round-trip') return 'fork + _exit + waitpid';
  return `fork per connection, connect – echo 5 bytes – close, ${clients} client${clients === 1 ? '' : 's'} at a time`;
}

function measurementText(each: Measurement): string {
  const head = ['', each.unit, 'rounds', 'as fast as CPython', 'as fast as C'];
  return `${title(each)}\n${table(
    head,
    each.rows.map((row) => [row.name, ...cells(row)]),
  )}\n`;
}

export function reportText(report: Report): string {
  const { system, cpu, cores, node, load, rounds, measurements } = report;
  const where = `${system}, ${cpu}, ${cores} cores, Node ${node}`;
  const when = `load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after`;
  return `${where}\n${when}; medians of ${rounds} interleaved rounds\n\n${measurements.map(measurementText).join('\n')}`;
}
