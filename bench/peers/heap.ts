/**
 * fork(2) of a parent with a large JavaScript heap.
 *
 *   heap MEGABYTES WARM-UP LIMIT
 *
 * Prints how long fork took in the parent, in nanoseconds, a number of times, after WARM-UP forks.
 */
import { _exit, alarm, fork, waitpid } from 'realfork';
import { makeThings } from './things';

const SAMPLES = 20;

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
makeThings(megabytes);
for (let i = 0; i < warmUp; ++i) forkTime();
process.stdout.write(`${Array.from({ length: SAMPLES }, forkTime).join('\n')}\n`);
