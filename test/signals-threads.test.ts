import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { facts, reports, reportsOf, runCommand, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'reads masks in /proc/self/status');
const onX64 = testWhere(process.platform === 'linux' && process.arch === 'x64', 'has machine code of x86-64');

describe('beside a worker_thread, or in it', () => {
  test('sigaction throws ERR_SIGNAL_IN_WORKER', async () => {
    expect(await facts('workers', 'inWorker', 'sigaction')).toMatchObject({
      name: 'Error',
      code: 'ERR_SIGNAL_IN_WORKER',
      message: expect.stringContaining('main thread'),
    });
  });

  test('fork throws ERR_FORK_IN_WORKER', async () => {
    expect(await facts('workers', 'inWorker', 'fork')).toMatchObject({
      name: 'Error',
      code: 'ERR_FORK_IN_WORKER',
      message: expect.stringContaining('main thread'),
    });
  });

  test('fork of the main thread throws ERR_FORK_WITH_WORKERS until the worker has ended', async () => {
    expect(await facts('workers', 'forkBesideWorker')).toEqual({
      refused: { name: 'Error', code: 'ERR_FORK_WITH_WORKERS', message: expect.stringContaining('worker.terminate()') },
      afterwards: 'exited 0',
    });
  });

  test('kill reaches the handler, which runs on the main thread', async () => {
    expect(await facts('workers', 'killFromWorker')).toEqual({ runs: 1 });
  });
});

describe.each(["V8's workers alone", "libuv's pool", 'a worker_thread'])(
  'with %s beside the main thread',
  (threads) => {
    describe.each(['before', 'after'])('started %s the main thread blocks a signal', (start) => {
      test('it stays pending, and its handler runs once it is let through', async () => {
        expect(await reports('workers', 'pending', threads, 'handler', start)).toEqual([
          { pending: ['SIGUSR2'], runsWhileBlocked: 0 },
          { runs: 1 },
        ]);
      });

      test('it stays pending, and its default action ends the process once it is let through', async () => {
        const run = await runProgram('workers', ['pending', threads, 'default', start]);
        expect([run.signal, reportsOf(run)]).toEqual(['SIGUSR2', [{ pending: ['SIGUSR2'], runsWhileBlocked: 0 }]]);
      });
    });
  },
);

/** unshare(1): a namespace of its own needs a right that containers do not always have. */
const whereNamespaces = testWhere(
  spawnSync('unshare', ['-pf', 'true']).status === 0,
  'unshare(1) may not make a namespace',
);

whereNamespaces(
  "where /proc numbers threads as an outer PID namespace does, a blocked signal reaches none of Node's",
  async () => {
    const program = join(__dirname, 'programs', 'workers.js');
    // Not as process 1, to which nobody's default action does anything.
    const command = ['sh', '-c', '"$@"; exit', 'sh', process.execPath, program];
    const run = await runCommand('unshare', ['-pf', ...command, 'pending', "libuv's pool", 'default', 'after']);
    expect(reportsOf(run)).toEqual([{ pending: ['SIGUSR2'], runsWhileBlocked: 0 }]);
  },
);

test('a WebAssembly trap in a worker_thread is a RuntimeError there, though it may take no signal', async () => {
  expect(await facts('workers', 'trapInWorker')).toBe('RuntimeError');
});

describe('waitpidAsync in a worker_thread', () => {
  test('gives the status, and the worker ends', async () => {
    expect(await facts('workers', 'waitsInWorker')).toEqual({ answer: 'killed by SIGKILL', exit: 0 });
  });

  test('while it waits, the worker is terminated: nothing of it is left, and the process goes on', async () => {
    expect(await facts('workers', 'terminatedWhileWaiting')).toEqual([1, 1, 1, 1, 1]);
  });
});

onLinux('a program that a worker_thread starts has the mask of the main thread', async () => {
  expect(await facts('workers', 'spawnInWorker')).toBe('0000000000000800');
});

onX64(
  'a helper thread that sleeps where no signal reaches it keeps nobody waiting, and blocks signals when it wakes',
  async () => {
    expect(await facts('workers', 'uninterruptible')).toEqual({
      ...{ quick: true, wasDefault: true, runs: 1, blocksAll: true, isDefault: true },
    });
  },
);

describe('the mask', () => {
  test('changes by SIG_BLOCK, SIG_UNBLOCK and SIG_SETMASK; the call gives what it was', async () => {
    expect(await facts('workers', 'mask')).toEqual({
      steps: [[], ['SIGUSR1'], ['SIGUSR1', 'SIGUSR2'], ['SIGUSR2'], ['SIGTERM']],
      invalid: 'EINVAL',
    });
  });

  test('is kept over fork; what is pending is not', async () => {
    expect(await reports('workers', 'maskOverFork')).toEqual([
      { mask: ['SIGUSR1', 'SIGTERM'], pending: [] },
      { mask: ['SIGUSR1', 'SIGTERM'], pending: ['SIGTERM'] },
    ]);
  });
});
