/** The package loaded anew in one process, as by each test file of Jest: what its children and workers carry of that. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const errors: unknown[] = [];

/** With modules of its own. The addon is the process's. */
function loadAnew(): typeof import('realfork') {
  for (const path of Object.keys(require.cache)) delete require.cache[path];
  return require('realfork') as typeof import('realfork');
}

async function main(): Promise<void> {
  const before = spawn('true').listenerCount('exit');
  for (let times = 0; times < 12; ++times) loadAnew();
  const child = spawn('true');
  const worker = new Worker('', { eval: true });
  const listeners = [child.listenerCount('exit') - before, worker.listenerCount('online')];
  try {
    loadAnew().fork();
  } catch (error) {
    errors.push((error as NodeJS.ErrnoException).code);
  }
  await Promise.all([once(child, 'exit'), once(worker, 'exit')]);
  const { fork, waitpid, _exit } = loadAnew();
  const pid = fork();
  if (pid === 0) _exit(3);
  process.stdout.write(`${JSON.stringify({ listeners, errors, status: waitpid(pid).status >> 8 })}\n`);
}

void main();
