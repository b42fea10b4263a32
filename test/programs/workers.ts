/** Signals and worker_threads, and the other threads that Node has. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { signalName } from 'realfork';
import {
  errno,
  errnoName,
  fork,
  getpid,
  kill,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  sigaction,
  sigpending,
  sigprocmask,
} from 'realfork/c';
import { thrownBy } from '../support/errors';
import { inChild, reap, report, scenarios } from '../support/scenarios';

async function startWorker(trial: string): Promise<{ worker: Worker; said: unknown }> {
  const worker = new Worker(join(__dirname, 'in-worker.js'), { workerData: trial });
  const [said] = await once(worker, 'message');
  return { worker, said };
}

function names(signals: number[] | -1): string[] {
  if (signals === -1) throw new Error(errnoName(errno()));
  return signals.map(signalName);
}

/** The threads that a program may have when it blocks a signal. */
const THREADS: Readonly<Record<string, () => Promise<Worker | undefined>>> = {
  async "V8's workers alone"() {
    return undefined;
  },
  async "libuv's pool"() {
    await Promise.all(Array.from({ length: 8 }, () => readFile(__filename)));
    return undefined;
  },
  async 'a worker_thread'() {
    return (await startWorker('stay')).worker;
  },
};

scenarios({
  /** What a call does in a worker_thread. */
  async inWorker(trial = '') {
    const { worker, said } = await startWorker(trial);
    await worker.terminate();
    report(said);
  },

  /** fork while a worker_thread runs, and after it has ended. */
  async forkBesideWorker() {
    const { worker } = await startWorker('stay');
    const refused = thrownBy(() => fork());
    await worker.terminate();
    report({ refused, afterwards: reap(inChild(() => {})) });
  },

  /** A worker sends the process a signal: the handler runs on the main thread, when it has stopped waiting. */
  async killFromWorker() {
    let runs = 0;
    sigaction(SIGUSR1, () => {
      runs += 1;
    });
    const { worker } = await startWorker('kill');
    await worker.terminate();
    await new Promise((resolve) => setImmediate(resolve));
    report({ runs });
  },

  /** Blocked on the main thread, then sent to the process, with other threads about. */
  async pending(threads = '', disposition = '', startThreads = '') {
    let runs = 0;
    if (disposition === 'handler') {
      sigaction(SIGUSR2, () => {
        runs += 1;
      });
    }
    const before = startThreads === 'before' ? await THREADS[threads]?.() : undefined;
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    const after = startThreads === 'after' ? await THREADS[threads]?.() : undefined;
    // Not by a child of fork, which there is none of beside a worker_thread.
    spawnSync('/bin/sh', ['-c', `for i in 1 2 3 4 5 6 7 8; do kill -s USR2 ${getpid()}; done`]);
    const pending = names(sigpending());
    const runsWhileBlocked = runs;
    report({ pending, runsWhileBlocked });
    sigprocmask(SIG_UNBLOCK, [SIGUSR2]);
    report({ runs });
    await before?.terminate();
    await after?.terminate();
  },

  /** Signals are kept from all other threads; a fault in one of them is that thread's own all the same. */
  async trapInWorker() {
    sigaction(SIGUSR1, () => {});
    const { worker } = await startWorker('trap');
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    worker.postMessage('now');
    const [said] = await once(worker, 'message');
    await worker.terminate();
    report(said);
  },

  /** sigprocmask: each way to change a mask, and what it returns. */
  mask() {
    const steps = [
      names(sigprocmask(SIG_BLOCK, [SIGUSR1])),
      names(sigprocmask(SIG_BLOCK, [SIGUSR2])),
      names(sigprocmask(SIG_UNBLOCK, [SIGUSR1])),
      names(sigprocmask(SIG_SETMASK, [SIGTERM])),
      names(sigprocmask(SIG_BLOCK)),
    ];
    report({ steps, invalid: sigprocmask(9999, []) === -1 ? errnoName(errno()) : 'done' });
  },

  /** A child has its parent's mask, and nothing of what is pending. */
  maskOverFork() {
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGTERM]);
    kill(getpid(), SIGTERM);
    const child = fork();
    if (child === 0) {
      report({ mask: names(sigprocmask(SIG_BLOCK)), pending: names(sigpending()) });
      process.exit(0);
    }
    reap(child);
    report({ mask: names(sigprocmask(SIG_BLOCK)), pending: names(sigpending()) });
  },
});
