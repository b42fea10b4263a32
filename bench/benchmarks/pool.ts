import { type Benchmark, type Goal, type Measurement, single } from '../harness/benchmark';
import { medianOfSamples } from '../harness/rows';

const KINDS = [
  { id: 'fork', name: 'ForkPool of realfork/children' },
  { id: 'thread', name: 'worker_threads' },
  { id: 'process', name: 'child_process.fork' },
] as const;

interface Task {
  readonly id: string;
  readonly title: string;
  readonly unit: 'µs' | 'ms';
  readonly samples: number;
  readonly warmUp: number;
  readonly goals?: readonly Goal[];
}

const beside = (id: string, atLeast: number): Goal => ({ of: 'fork', beside: id, atLeast });

const TASKS: readonly Task[] = [
  {
    ...{ id: 'fresh', title: 'from the start of a worker to its first result', unit: 'ms', samples: 10, warmUp: 3 },
    goals: [beside('thread', 20), beside('process', 100)],
  },
  { id: 'round-trip', title: 'an empty task of a worker that is there', unit: 'µs', samples: 1000, warmUp: 500 },
  { id: 'result', title: 'a task whose result is 1 MB', unit: 'µs', samples: 100, warmUp: 20 },
  {
    ...{
      id: 'table',
      title: "a fresh worker over a table of 500,000 rows of the parent's",
      unit: 'ms',
      samples: 3,
      warmUp: 1,
    },
    goals: [beside('thread', 10)],
  },
];

const NANOSECONDS = { µs: 1e3, ms: 1e6 } as const;
/** Seconds: a busy machine. */
const LIMIT = 120;

export const pool: Benchmark = {
  name: 'pool',
  summary: 'tasks of realfork/children beside worker_threads and child_process.fork',
  prepare: (peers) => {
    const command = peers.all.find(({ id }) => id === 'realfork')?.command('task') ?? [];
    return TASKS.map(
      ({ id: what, title, unit, samples, warmUp, goals = [] }): Measurement =>
        single({
          ...{ id: `task, ${what}`, title, unit, better: 'less', goals },
          rows: KINDS.map(({ id, name }) => ({
            ...{ id, name },
            measure: async () =>
              (await medianOfSamples(name, command, [what, id, samples, warmUp], LIMIT)) / NANOSECONDS[unit],
          })),
        }),
    );
  },
};
