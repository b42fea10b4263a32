/** worker_threads that end while they, or those that they have started, make calls. Arguments: scenario, and what it needs. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  close,
  F_GETLK,
  F_RDLCK,
  fcntl,
  getrusage,
  kill,
  nanosleep,
  pipe,
  poll,
  posix_spawn,
  RUSAGE_SELF,
  read,
  SIG_BLOCK,
  SIGKILL,
  SIGUSR1,
  sigprocmask,
  waitpid,
  waitpidAsync,
} from 'realfork';
import { report } from '../support/scenarios';

interface Told {
  readonly scenario: string;
  readonly what: string;
  readonly level: number;
  readonly pid?: number;
}

const start = (told: Told): Worker => new Worker(__filename, { workerData: told });
const block = (): unknown => read(pipe()[0], Buffer.alloc(1));

const LOOPS: Readonly<Record<string, () => unknown>> = {
  poll: () => poll([{ fd: 0, events: 1 }], 0),
  nanosleep: () => nanosleep({ tv_sec: 0, tv_nsec: 1 }),
  sigprocmask: () => sigprocmask(SIG_BLOCK, [SIGUSR1]),
  getrusage: () => getrusage(RUSAGE_SELF),
  pipe: () => pipe().map((fd) => close(fd)),
  posix_spawn: () => waitpid(posix_spawn('/bin/true', ['true'], process.env, { fileActions: [{ close: 0 }] }), 0),
  fcntl: () => fcntl(0, F_GETLK, { l_type: F_RDLCK, l_whence: 0, l_start: 0, l_len: 0 }),
};

/** What the worker in the middle does when the last one is blocked. */
const ENDS: Readonly<Record<string, (worker: Worker) => unknown>> = {
  nothing: () => {},
  'blocks too': block,
  'process.exit': () => setTimeout(() => process.exit(3), 50),
  'ends by itself': (worker) => setTimeout(() => worker.unref(), 50),
};

const GENERATIONS = 3;

/** Comes to Node's own in its own time, as one that says farewell first. */
class LateWorker extends Worker {
  override async terminate(): Promise<number> {
    await delay(50);
    return super.terminate();
  }
}

async function inWorker({ scenario, what, level, pid }: Told): Promise<void> {
  if (scenario === 'loop') {
    parentPort?.postMessage('ready');
    for (;;) LOOPS[what]?.();
  }
  if (scenario === 'waits') {
    void waitpidAsync(pid ?? 0);
    parentPort?.postMessage('ready');
    return;
  }
  if (scenario === 'own class') {
    parentPort?.postMessage('ready');
    try {
      block();
    } catch {
      parentPort?.postMessage('too early');
      block();
    }
  }
  if (level === GENERATIONS) {
    parentPort?.postMessage('ready');
    block();
  }
  const next = start({ scenario, what, level: level + 1 });
  await once(next, 'message');
  parentPort?.postMessage('ready');
  if (level === GENERATIONS - 1) ENDS[what]?.(next);
  else if (what === 'ends by itself' || what === 'process.exit') next.once('exit', () => process.exit(3));
}

async function main(scenario = '', what = ''): Promise<void> {
  if (scenario === 'loop') {
    for (let nth = 0; nth < 10; ++nth) {
      const worker = start({ scenario, what, level: 0 });
      await once(worker, 'message');
      await delay(Math.random() * 3);
      await worker.terminate();
    }
  } else if (scenario === 'waits') {
    for (let nth = 0; nth < 5; ++nth) {
      const pid = posix_spawn('/bin/sleep', ['sleep', '30'], process.env);
      const worker = start({ scenario, what, level: 0, pid });
      await once(worker, 'message');
      kill(pid, SIGKILL);
      await worker.terminate();
      await waitpidAsync(pid).catch(() => {}); // it may have been the worker's
    }
  } else if (scenario === 'own class') {
    const worker = new LateWorker(__filename, { workerData: { scenario, what, level: 0 } });
    const heard: unknown[] = [];
    worker.on('message', (message) => void heard.push(message));
    await once(worker, 'message');
    await worker.terminate();
    report(heard);
    return;
  } else {
    const worker = start({ scenario, what, level: 1 });
    const ended = once(worker, 'exit');
    await once(worker, 'message');
    if (what === 'process.exit' || what === 'ends by itself') await ended;
    else await Worker.prototype.terminate.call(worker);
  }
  report('ended');
}

if (isMainThread) void main(...process.argv.slice(2));
else void inWorker(workerData as Told);
