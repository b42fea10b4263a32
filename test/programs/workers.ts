/** Signals and worker_threads, and the other threads that Node has. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { signalName } from 'realfork';
import {
  errno,
  errnoName,
  fork,
  getpid,
  kill,
  raise,
  SIG_BLOCK,
  SIG_DFL,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGRTMAX,
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

  /** A worker that waits for its child by waitpidAsync is terminated; the child goes on. */
  async terminatedWhileWaiting() {
    const codes: number[] = [];
    for (let i = 0; i < 5; ++i) {
      const { worker, said } = await startWorker('waitsForChild');
      codes.push(await worker.terminate());
      kill(Number(said), SIGKILL);
      reap(Number(said));
    }
    report(codes);
  },

  /** A worker ends by itself, when the child has. */
  async waitsInWorker() {
    const { worker, said } = await startWorker('waitsForChild');
    const answer = once(worker, 'message');
    const end = once(worker, 'exit');
    kill(Number(said), SIGKILL);
    report({ answer: (await answer)[0], exit: (await end)[0] });
  },

  /** What a program has blocked that a worker_thread starts: the signals of the main thread's mask, no more. */
  async spawnInWorker() {
    sigaction(SIGUSR1, () => {});
    const { worker } = await startWorker('spawnWhenTold');
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    worker.postMessage('now');
    const [said] = await once(worker, 'message');
    await worker.terminate();
    report(said);
  },

  /** A helper thread that sleeps in the kernel where no signal reaches it, as in vfork(2). */
  async uninterruptible() {
    const { worker, said } = await startWorker('vfork');
    const thread = Number(said);
    const status = (): string => readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status())?.[1] ?? '';
    // It sleeps so for a moment also where it only waits for memory: by its child it is known to be in vfork.
    const child = (): string => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim();
    while (field('State') !== 'D' || child() === '') await new Promise((resolve) => setImmediate(resolve));
    const pid = Number(child());
    const start = performance.now();
    for (let i = 0; i < 5; ++i) {
      sigprocmask(SIG_BLOCK, [SIGUSR2]);
      sigprocmask(SIG_UNBLOCK, [SIGUSR2]);
    }
    const ms = performance.now() - start;
    // The signal that carries the request is the program's all the while.
    let runs = 0;
    const first = sigaction(SIGRTMAX);
    sigaction(SIGRTMAX, () => {
      runs += 1;
    });
    raise(SIGRTMAX);
    sigaction(SIGRTMAX, SIG_DFL);
    kill(pid, SIGKILL);
    await once(worker, 'message');
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    // But for SIGRTMAX - 1, which ends the calls of a worker.
    const blocksAll = field('SigBlk').startsWith('bffffffe');
    const isDefault = BigInt(`0x${field('SigCgt')}`) >> 63n === 0n;
    await worker.terminate();
    reap(pid);
    report({ quick: ms < 1500, wasDefault: first !== -1 && first.handler === SIG_DFL, runs, blocksAll, isDefault });
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
