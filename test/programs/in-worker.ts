/** What workers.ts runs in a worker_thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { fork, getpid, kill, SIGUSR1, sigaction } from 'realfork';
import { thrownBy } from '../support/errors';

const TRIALS: Readonly<Record<string, () => unknown>> = {
  sigaction: () => thrownBy(() => sigaction(SIGUSR1, () => {})),
  fork: () => thrownBy(() => fork()),
  kill: () => kill(getpid(), SIGUSR1),
  stay: () => setInterval(() => {}, 60_000) && 'stays',
};

parentPort?.postMessage(TRIALS[String(workerData)]?.());
