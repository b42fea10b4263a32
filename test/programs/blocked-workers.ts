/** A worker_thread that is blocked in a call, and a main thread that ends. Arguments: the call, and how it ends. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  AF_INET,
  accept,
  bind,
  getpid,
  kill,
  listen,
  nanosleep,
  pause,
  pipe,
  poll,
  ppoll,
  read,
  SA_RESTART,
  SIG_BLOCK,
  SIG_DFL,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGRTMAX,
  SIGRTMIN,
  SIGUSR1,
  SOCK_STREAM,
  sigaction,
  sigpending,
  sigprocmask,
  sigwait,
  socket,
} from 'realfork';
import * as c from 'realfork/c';
import { native } from '#src/native.js';
import { report } from '../support/scenarios';

/** Those between the standard and the real-time ones are the C library's. */
const everySignal = (): number[] =>
  Array.from({ length: SIGRTMAX }, (_none, at) => at + 1).filter((signo) => signo < 32 || signo >= SIGRTMIN);

const CALLS: Readonly<Record<string, () => unknown>> = {
  pause,
  nanosleep: () => nanosleep({ tv_sec: 1000, tv_nsec: 0 }),
  poll: () => poll([], -1),
  'ppoll with all signals blocked': () => ppoll([], null, everySignal()),
  'read with all signals blocked': () => {
    sigprocmask(SIG_SETMASK, everySignal());
    read(pipe()[0], Buffer.alloc(1));
  },
  sigwait: () => sigwait([SIGUSR1]),
  /** Each call returns EINTR, and another follows. */
  'read, again and again': () => {
    const [end] = pipe();
    for (;;) c.read(end, Buffer.alloc(1));
  },
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
    report({ terminated: await worker.terminate() });
    process.exit(5);
  },
  /** The signal that ends a worker's calls is the program's all the same. */
  'the signal of its own': async (worker) => {
    const [signo, runs]: [number, number[]] = [SIGRTMAX - 1, []];
    sigaction(signo, { handler: (number) => void runs.push(number), flags: SA_RESTART });
    sigprocmask(SIG_BLOCK, [signo]);
    kill(getpid(), signo);
    while (!sigpending().includes(signo)); // a thread that has it open hands it on
    report({ handler: 'not yet', runs: runs.length });
    sigprocmask(SIG_UNBLOCK, [signo]);
    report({ handler: 'at once', runs: runs.length });
    kill(getpid(), signo);
    report({ handler: 'again', runs: runs.length, flags: sigaction(signo).flags === SA_RESTART });
    await worker.terminate();
    sigaction(signo, SIG_DFL);
    kill(getpid(), signo); // Node has no name for how this ends
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
