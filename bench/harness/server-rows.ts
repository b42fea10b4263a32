import { hasProc } from '#src/observe/linux/proc.js';
import { NO_COMPILER, type Peers } from '../peers';
import type { Goal, Measurement, Options, Row, Table } from './benchmark';
import { announcing, type ServerProgram, serve } from './programs';
import { programsOf } from './rows';
import { burst, MICROSECONDS, PER_SECOND } from './servers';

/** Both textbook extremes: one client after the other, and more of them than there are cores. */
const CLIENTS = [1, 4];

/** A server beside others. */
export interface ServerRow extends Omit<Row, 'measure'> {
  readonly program?: ServerProgram;
}

export interface ServerGoal extends Goal {
  /** Of both tables if left out. */
  readonly in?: typeof PER_SECOND | typeof MICROSECONDS;
  /** With so many clients only. */
  readonly clients?: number;
}

/** Servers that are given the same bursts. */
export interface Servers {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly ServerRow[];
  readonly goals: readonly ServerGoal[];
}

/** What a user starts, by its whole command line. */
export function shipped(id: string, args: string): ServerRow {
  return { id, name: `serve ${args}`, program: serve(args) };
}

/** The servers of bench/peers/ by that name. @param args before the limit, its last argument */
export function peerServers(peers: Peers, program: string, ...args: readonly string[]): ServerRow[] {
  return programsOf(peers, program).map(({ command, ...row }) =>
    command === undefined ? row : { ...row, program: announcing([...command, ...args]) },
  );
}

/** The rows as they are called beside what is shipped. @param names by the ids that they have; the others are left out */
export function renamed(
  rows: readonly ServerRow[],
  names: Readonly<Record<string, Pick<Row, 'id' | 'name'>>>,
): ServerRow[] {
  return rows.flatMap((row) => {
    const name = names[row.id];
    return name === undefined ? [] : [{ ...row, ...name }];
  });
}

/** The clients are in C: without a compiler nothing can be measured. */
export function withoutLoad(rows: readonly Omit<Row, 'measure'>[]): Row<never>[] {
  return rows.map(({ id, name, skipped }) => ({ id, name, skipped: skipped ?? `${NO_COMPILER} for the clients` }));
}

function tables({ title, rows, goals }: Servers, clients: number): Table[] {
  const goalsIn = (unit: string): Goal[] =>
    goals
      .filter((goal) => (goal.clients ?? clients) === clients && (goal.in ?? unit) === unit)
      .filter(({ beside }) => rows.some(({ id }) => id === beside))
      .map(({ of, beside, atLeast }) => ({ of, beside, atLeast }));
  const what = `${title}, ${clients} client${clients === 1 ? '' : 's'} at a time`;
  const perSecond: Table = { title: what, unit: PER_SECOND, better: 'more', goals: goalsIn(PER_SECOND) };
  const time: Table = {
    ...{ title: `${what}: server and children, for each connection`, quantity: 'processor time' },
    ...{ unit: MICROSECONDS, better: 'less', goals: goalsIn(MICROSECONDS) },
  };
  return hasProc() ? [perSecond, time] : [perSecond];
}

/** Connections per second and processor time, with 1 and with 4 clients. */
export function serverMeasurements(servers: Servers, { load }: Peers, { seconds, count }: Options): Measurement[] {
  return CLIENTS.map((clients) => {
    const measured = (program: string): Row[] =>
      servers.rows.map(({ program: server, ...row }) =>
        server === undefined
          ? row
          : { ...row, measure: () => burst(row.name, server, program, { clients, seconds, count }) },
      );
    return {
      id: `${servers.name}, ${clients}`,
      rows: load === undefined ? withoutLoad(servers.rows) : measured(load),
      tables: tables(servers, clients),
    };
  });
}
