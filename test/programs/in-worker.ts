/** What workers.ts runs in a worker_thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { fork, getpid, kill, SIGUSR1, sigaction } from 'realfork';
import { thrownBy } from '../support/errors';
import { LOADER } from '../support/web-assembly';

const TRIALS: Readonly<Record<string, () => unknown>> = {
  sigaction: () => thrownBy(() => sigaction(SIGUSR1, () => {})),
  fork: () => thrownBy(() => fork()),
  kill: () => kill(getpid(), SIGUSR1),
  stay: () => setInterval(() => {}, 60_000) && 'stays',
};

/** When told to: a load from outside of the memory, in this thread. */
function trapWhenTold(): string {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(LOADER));
  const load = instance.exports['load'] as (address: number) => number;
  parentPort?.once('message', () => {
    try {
      load(0x40000000);
    } catch (error) {
      parentPort?.postMessage(error instanceof WebAssembly.RuntimeError ? 'RuntimeError' : 'something else');
    }
  });
  return 'ready';
}

parentPort?.postMessage(workerData === 'trap' ? trapWhenTold() : TRIALS[String(workerData)]?.());
