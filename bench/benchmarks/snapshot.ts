import { type Benchmark, single } from '../harness/benchmark';
import { medianOfSamples, rowsFor } from '../harness/rows';

/** MB of live objects, and how many times as good as CPython a tuned program is to be. */
const SIZES = [
  { megabytes: 100, goal: 5 },
  { megabytes: 500, goal: 20 },
  { megabytes: 1000, goal: 30 },
];

/** Round trips of one round, and those before it: after 128 forks the heap of a tuned program is put on large pages. */
const SAMPLES = 50;
const WARM_UP = 200;

/** For the largest, and as much again while it is made. MB. */
const HEAP_LIMIT = 4096;
/** For a busy machine. Seconds. */
const LIMIT = 300;

const NEAREST = ['c', 'python', 'python-of-system', 'realfork', 'realfork-tuned'];

/** Of Node its options are the first of its arguments. */
function withLargeHeap(command: readonly string[]): readonly string[] {
  const [program = '', ...args] = command;
  return program === process.execPath ? [program, `--max-old-space-size=${HEAP_LIMIT}`, ...args] : command;
}

/** fork is a snapshot of all that a process has. */
export const snapshot: Benchmark = {
  name: 'snapshot',
  summary: 'fork + _exit + waitpid of a process with 100 MB to 1 GB of live objects, next to C and CPython',
  prepare: (peers) => {
    const nearest = { ...peers, all: peers.all.filter(({ id }) => NEAREST.includes(id)) };
    return SIZES.map(({ megabytes, goal }) => {
      const args = [megabytes, SAMPLES, WARM_UP];
      return single({
        ...{ id: `snapshot, ${megabytes} MB`, unit: 'µs', better: 'less' },
        title: `fork + _exit + waitpid of a process with ${megabytes.toLocaleString('en-US')} MB of live objects`,
        rows: rowsFor(
          nearest,
          'round-trip',
          async (command, name) => (await medianOfSamples(name, withLargeHeap(command), args, LIMIT)) / 1000,
        ),
        goals: ['python', 'python-of-system'].map((beside) => ({ of: 'realfork-tuned', beside, atLeast: goal })),
      });
    });
  },
};
