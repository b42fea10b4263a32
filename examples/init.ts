/**
 * Process 1 of a container: it starts a program, reaps what others leave, and ends as the program does.
 *
 *     node dist-test/examples/init.js PROGRAM ARGUMENT...
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { describeStatus } from 'realfork';
import { reapOrphans } from 'realfork/children';

async function main(): Promise<void> {
  const [program = 'true', ...args] = process.argv.slice(2);
  const stop = reapOrphans({ onReaped: ({ status }) => console.log(`an orphan: ${describeStatus(status)}`) });
  const child = spawn(program, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  stop();
  process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL'];
}

void main();
