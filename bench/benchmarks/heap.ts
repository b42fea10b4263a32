import { type Benchmark, single } from '../harness/benchmark';
import { medianOfSamples } from '../harness/rows';

/** MB of live objects. */
const SIZES = [10, 50, 100, 250, 500, 1000];
/** For the largest, and as much again while it is made. MB. */
const HEAP_LIMIT = 4096;

/** For a busy machine: a fork of a heap of 1 GB may take 200 ms there. Seconds. */
const LIMIT = 300;
const PAGES_OF_A_MEGABYTE = 256;
/** After 128 forks the heap is moved to large pages, 16 MiB for each fork: docs/performance.md. */
const FORKS_BEFORE = [
  { forks: 10, when: 'the first forks' },
  { forks: 200, when: 'after 200 forks' },
];

/** Of the straight line with the least squares. */
function line(points: readonly (readonly [number, number])[]): { slope: number; start: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([size]) => size)), mean(points.map(([, value]) => value))];
  const covariance = mean(points.map(([size, value]) => (size - x) * (value - y)));
  const slope = covariance / mean(points.map(([size]) => (size - x) ** 2));
  return { slope, start: y - slope * x };
}

export const heap: Benchmark = {
  name: 'heap',
  summary: 'how long fork itself takes in the parent, by the size of its JavaScript heap, from 10 MB to 1 GB',
  prepare: (peers) => {
    const [node = '', program = ''] = peers.all.find(({ id }) => id === 'realfork')?.command('heap') ?? [];
    const command = [node, `--max-old-space-size=${HEAP_LIMIT}`, program];
    return FORKS_BEFORE.map(({ forks, when }) =>
      single({
        ...{ id: `heap, ${when}`, unit: 'µs', better: 'less' },
        title: `fork in the parent, by the size of its heap, ${when}`,
        rows: SIZES.map((size) => ({
          ...{ id: String(size), name: `${size.toLocaleString('en-US')} MB` },
          measure: async () => (await medianOfSamples('heap', command, [size, forks], LIMIT)) / 1000,
        })),
        remark(medians) {
          const { slope, start } = line([...medians].map(([size, value]) => [Number(size), value]));
          const pages = (slope / PAGES_OF_A_MEGABYTE).toFixed(3);
          return `slope: ${slope.toFixed(2)} µs for each MB, ${pages} for each page of 4 KiB, above ${start.toFixed(0)} µs`;
        },
      }),
    );
  },
};
