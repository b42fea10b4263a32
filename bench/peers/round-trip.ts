/**
 * fork(2), _exit(2) in the child, waitpid(2): how long it takes.
 *
 *   round-trip MEGABYTES COUNT WARM-UP LIMIT
 *
 * The same program as round-trip.c and round-trip.py.
 */
import * as realfork from 'realfork';
import { makeThings } from './things';

const { _exit, alarm, fork, waitpid } = realfork;

const [megabytes = 0, count = 0, warmUp = 0, limit = 0] = process.argv.slice(2).map(Number);
alarm(limit);
makeThings(megabytes);
const samples: bigint[] = [];
// In a loop that is entered once, as in C: a function would be optimised for the parent's side after some 1,750 calls, and
// each child would then fall back to unoptimised code. docs/performance.md
for (let i = -warmUp; i < count; ++i) {
  const start = process.hrtime.bigint();
  const pid = fork();
  if (pid === 0) _exit(0);
  waitpid(pid);
  if (i >= 0) samples.push(process.hrtime.bigint() - start);
}
process.stdout.write(`${samples.join('\n')}\n`);
