import { type Benchmark, single } from '../harness/benchmark';
import { medianOfSamples, rowsFor } from '../harness/rows';

const LIVE = [10, 1000];

export const children: Benchmark = {
  name: 'children',
  summary: 'fork + _exit + waitpid in a parent with 10 and with 1,000 live children',
  prepare: (peers) => [
    single({
      ...{ id: 'children', unit: 'forks/s', better: 'more' },
      title: 'fork + _exit + waitpid beside children that live on',
      rows: LIVE.flatMap((live) =>
        rowsFor(peers, 'children', (command, name) => medianOfSamples(name, command, [live]))
          .filter(({ measure }) => measure !== undefined)
          .map((row) => ({
            ...row,
            id: `${row.id} ${live}`,
            name: `${row.name}, ${live.toLocaleString('en-US')} live children`,
          })),
      ),
      goals: ['realfork', 'realfork-tuned'].map((own) => ({ of: `${own} 1000`, beside: `${own} 10`, atLeast: 0.9 })),
    }),
  ],
};
