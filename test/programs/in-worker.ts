/** What workers.ts runs in a worker_thread. */
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import {
  describeStatus,
  fork,
  getpid,
  kill,
  pipe,
  posix_spawn,
  read,
  SIGUSR1,
  STDOUT_FILENO,
  sigaction,
  waitpid,
  waitpidAsync,
} from 'realfork';
import { thrownBy } from '../support/errors';
import { runCode, VFORK } from '../support/machine-code';
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

/** A child, whose end this thread waits for. */
function waitsForChild(): number {
  const child = posix_spawn('/bin/sleep', ['sleep', '60']);
  waitpidAsync(child).then(({ status }) => parentPort?.postMessage(describeStatus(status)));
  return child;
}

/** When told to: what a program has blocked that is started here. */
function spawnWhenTold(): string {
  parentPort?.once('message', () => {
    const [readfd, writefd] = pipe();
    const fileActions = [{ dup2: writefd, to: STDOUT_FILENO }];
    const child = posix_spawn('/bin/cat', ['cat', '/proc/self/status'], process.env, { fileActions });
    waitpid(child);
    const text = Buffer.alloc(65536);
    const [, mask] = /^SigBlk:\s*(\S+)/m.exec(text.toString('latin1', 0, read(readfd, text))) ?? [];
    parentPort?.postMessage(mask);
  });
  return 'ready';
}

/** Says its thread's number, and then sleeps in vfork(2) until the child that it has there is killed. */
function sleepsInVfork(): number {
  const thread = Number(readlinkSync('/proc/thread-self').split('/').pop());
  setImmediate(() => {
    runCode(...VFORK);
    parentPort?.postMessage('awake');
  });
  return thread;
}

const LASTING: Readonly<Record<string, () => unknown>> = {
  trap: trapWhenTold,
  waitsForChild,
  spawnWhenTold,
  vfork: sleepsInVfork,
};

parentPort?.postMessage((LASTING[String(workerData)] ?? TRIALS[String(workerData)])?.());
