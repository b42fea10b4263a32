/**
 * child_process.spawnSync of a program that does nothing: what Node has where others have fork.
 *
 *   spawn-sync COUNT WARM-UP LIMIT
 *
 * Measured as round-trip.ts measures fork.
 */
import { spawnSync } from 'node:child_process';
import { alarm } from 'realfork';

function roundTrip(): bigint {
  const start = process.hrtime.bigint();
  const { error } = spawnSync('/bin/true', { stdio: 'ignore' });
  if (error !== undefined) throw error;
  return process.hrtime.bigint() - start;
}

const [count = 0, warmUp = 0, limit = 0] = process.argv.slice(2).map(Number);
alarm(limit);
for (let i = 0; i < warmUp; ++i) roundTrip();
const samples = Array.from({ length: count }, roundTrip);
process.stdout.write(`${samples.join('\n')}\n`);
