import type { Benchmark } from '../harness/benchmark';
import { medianOfSamples, rowsFor } from '../harness/rows';

const LIVE = [10, 1000];

export const children: Benchmark = {
  name: 'children',
  summary: 'fork + _exit + waitpid in a parent with 10 and with 1,000 live children',
  prepare: (peers) => [
    {
      ...{ id: 'children', unit: 'forks/s', better: 'more' },
      title: 'fork + _exit + waitpid beside children that live on',
      rows: LIVE.flatMap((live) =>
        rowsFor(peers, 'children', (command, name) => medianOfSamples(name, command, [live])).map((row) => ({
          ...row,
          id: String(live),
          name: `${live.toLocaleString('en-US')} live children`,
        })),
      ).filter(({ measure }) => measure !== undefined),
      goals: [{ of: '1000', beside: '10', atLeast: 0.9 }],
    },
  ],
};
