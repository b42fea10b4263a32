/**
 * fork(2), _exit(2) in the child, waitpid(2): how long it takes.
 *
 *   round-trip COUNT WARM-UP LIMIT
 *
 * The same program as round-trip.c and round-trip.py.
 */
import { _exit, alarm, fork, waitpid } from 'realfork';

function roundTrip(): bigint {
  const start = process.hrtime.bigint();
  const pid = fork();
  if (pid === 0) _exit(0);
  waitpid(pid);
  return process.hrtime.bigint() - start;
}

const [count = 0, warmUp = 0, limit = 0] = process.argv.slice(2).map(Number);
alarm(limit);
for (let i = 0; i < warmUp; ++i) roundTrip();
const samples = Array.from({ length: count }, roundTrip);
process.stdout.write(`${samples.join('\n')}\n`);
