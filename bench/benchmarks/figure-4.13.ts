import type { Benchmark, Goal, Measurement, Row } from '../harness/benchmark';
import { OURS } from '../harness/results';
import { rowsFor } from '../harness/rows';
import { connectionsPerSecond } from '../harness/servers';
import { NO_COMPILER, type Peers } from '../peers';

/** Both textbook extremes: one client after the other, and more of them than there are cores. */
const CLIENTS = [1, 4];

/** The clients are in C: without a compiler nothing can be measured. */
export function withoutLoad(rows: readonly Row[]): Row[] {
  return rows.map(({ id, name, skipped }) => ({ id, name, skipped: skipped ?? `${NO_COMPILER} for the clients` }));
}

/** Ahead of every scripting language, and half of C. */
function goals(peers: Peers): Goal[] {
  const others = peers.all.filter(({ id }) => !OURS.includes(id) && id !== 'c');
  return [
    { of: 'realfork-tuned', beside: 'c', atLeast: 0.5 },
    ...others.map(({ id }) => ({ of: 'realfork-tuned', beside: id, atLeast: 1 })),
  ];
}

export const figure413: Benchmark = {
  name: 'figure-4.13',
  summary: 'a child for each connection, in C, CPython, Perl, PHP, Ruby and TypeScript, with 1 and with 4 clients',
  prepare: (peers, { seconds, count }) => {
    const { load } = peers;
    return CLIENTS.map((clients): Measurement => {
      const rows = rowsFor(peers, 'server', (command, name) =>
        connectionsPerSecond(name, command, load ?? '', { clients, seconds, count, forks: true }),
      );
      return {
        id: `figure-4.13, ${clients}`,
        title: `fork per connection: connect – echo 5 bytes – close, ${clients} client${clients === 1 ? '' : 's'} at a time`,
        ...{ unit: 'conn/s', better: 'more' },
        rows: load === undefined ? withoutLoad(rows) : rows,
        goals: goals(peers),
      };
    });
  },
};
