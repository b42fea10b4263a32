/**
 * fork(2) of a parent with a large JavaScript heap.
 *
 *   heap MEGABYTES WARM-UP LIMIT
 *
 * Prints how long fork took in the parent, in nanoseconds, a number of times, after WARM-UP forks.
 */
import { getHeapStatistics } from 'node:v8';
import { _exit, alarm, fork, waitpid } from 'realfork';

const SAMPLES = 20;
const MEGABYTE = 1024 * 1024;

const usedMegabytes = (): number => getHeapStatistics().used_heap_size / MEGABYTE;

interface Thing {
  readonly name: string;
  readonly values: readonly number[];
}

const things: Thing[] = [];

function forkTime(): bigint {
  const start = process.hrtime.bigint();
  const pid = fork();
  if (pid === 0) _exit(0);
  const took = process.hrtime.bigint() - start;
  waitpid(pid);
  return took;
}

const [megabytes = 0, warmUp = 0, limit = 0] = process.argv.slice(2).map(Number);
alarm(limit);
while (usedMegabytes() < megabytes) {
  for (let i = 0; i < 1000; ++i) {
    things.push({ name: `thing ${things.length}`, values: Array.from({ length: 50 }, (_, index) => index + 0.5) });
  }
}
for (let i = 0; i < warmUp; ++i) forkTime();
process.stdout.write(`${Array.from({ length: SAMPLES }, forkTime).join('\n')}\n`);
