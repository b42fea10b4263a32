import type { Benchmark } from '../harness/benchmark';
import { rowsFor } from '../harness/rows';
import { connectionsPerSecond } from '../harness/servers';
import { withoutLoad } from './figure-4.13';

const CHILDREN = 8;
const CLIENTS = [1, 4];

export const preforked: Benchmark = {
  name: 'preforked',
  summary: 'eight children forked beforehand, all of them in accept (UNP 30.6), in C and in TypeScript',
  prepare: (peers, { seconds, count }) => {
    const { load } = peers;
    return CLIENTS.map((clients) => {
      const rows = rowsFor(peers, 'preforked', (command, name) =>
        connectionsPerSecond(name, [...command, String(CHILDREN)], load ?? '', {
          clients,
          seconds,
          count,
          forks: false,
        }),
      );
      return {
        ...{ id: `preforked, ${clients}`, unit: 'conn/s', better: 'more' },
        title: `preforked, ${CHILDREN} children: connect – echo 5 bytes – close, ${clients} client${clients === 1 ? '' : 's'}`,
        rows: load === undefined ? withoutLoad(rows) : rows,
        goals: [{ of: 'realfork', beside: 'c', atLeast: 0.9 }],
      };
    });
  },
};
