/** A worker_thread that is blocked in a call, and a main thread that ends. Arguments: the call, and how it ends. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AF_INET, accept, bind, listen, nanosleep, pause, pipe, poll, read, SOCK_STREAM, socket } from 'realfork';
import { native } from '#src/native.js';
import { report } from '../support/scenarios';

const CALLS: Readonly<Record<string, () => unknown>> = {
  pause,
  nanosleep: () => nanosleep({ tv_sec: 1000, tv_nsec: 0 }),
  poll: () => poll([], -1),
  read: () => read(pipe()[0], Buffer.alloc(1)),
  accept() {
    const listenfd = socket(AF_INET, SOCK_STREAM);
    bind(listenfd, { family: AF_INET, address: '127.0.0.1', port: 0 });
    listen(listenfd, 1);
    return accept(listenfd);
  },
};

const ENDS: Readonly<Record<string, (worker: Worker) => void>> = {
  'process.exit': () => process.exit(5),
  'the end of the program': (worker) => {
    process.exitCode = 5;
    worker.unref();
  },
  'an error': () => {
    process.once('exit', () => {
      process.exitCode = 5;
    });
    throw new Error('of the main thread');
  },
  'worker.terminate': async (worker) => {
    await Promise.race([worker.terminate(), delay(100)]);
    process.exit(5);
  },
};

async function main(call = '', end = ''): Promise<void> {
  const worker = new Worker(__filename, { workerData: call });
  await once(worker, 'message');
  process.on('exit', (code) => report({ code }));
  while (!native.workersAreBlocked()); // it waits for that as long as it takes to tell
  ENDS[end]?.(worker);
}

if (isMainThread) void main(...process.argv.slice(2));
else {
  parentPort?.postMessage('ready');
  CALLS[String(workerData)]?.();
}
