import { facts, reports, reportsOf, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

describe('a child', () => {
  test("has the process ID that fork gave its parent, in process.pid too, and its parent's in getppid", async () => {
    expect(await reports('forks', 'ids')).toEqual([
      { getpid: true, ppid: true, nodePpid: true },
      { same: true, parent: true },
    ]);
  });

  test('has memory of its own', async () => {
    expect(await reports('forks', 'memory')).toEqual([{ child: [1, 2, 3, 4] }, { parent: [1, 2, 3] }]);
  });

  test('shares the offset of a file that its parent opened', async () => {
    expect(await reports('forks', 'offset')).toEqual([{ child: 'abc' }, { parent: 'def' }]);
  });

  onLinux('has all descriptors of its parent', async () => {
    expect(await reports('forks', 'descriptors')).toEqual([{ missing: [] }, { same: true }]);
  });

  test('forks in its turn, five generations deep', async () => {
    expect(await reports('forks', 'generations', '5')).toEqual(
      [1, 2, 3, 4, 5].map((left) => ({ left, status: 'exited 0' })),
    );
  });

  test("has its parent's timers", async () => {
    expect(await reports('forks', 'timers')).toEqual([{ timer: 'child' }, { timer: 'parent' }]);
  });

  test('writes what console.log is given, as its parent does', async () => {
    expect((await reports('forks', 'output')).sort()).toEqual(['child', 'parent']);
  });
});

/** The child's status, its 'exit' and 'beforeExit' listeners, and what it says of an error. */
interface WayOut {
  readonly status: string;
  readonly listeners: readonly object[];
  readonly error?: string;
}

const exits = (status: number): readonly object[] => [{ exit: status }];
const ofTheChild = { status: 'exited 1', listeners: exits(1), error: 'Error: of the child' };

const WAYS_OUT: Readonly<Record<string, WayOut>> = {
  'process.exit(7)': { status: 'exited 7', listeners: exits(7) },
  '_exit(9)': { status: 'exited 9', listeners: [] },
  'process.exitCode = 6': { status: 'exited 6', listeners: [{ beforeExit: 6 }, ...exits(6)] },
  'falling off its end': { status: 'exited 0', listeners: [{ beforeExit: 0 }, ...exits(0)] },
  'falling off its end after a timer': { status: 'exited 0', listeners: [{ beforeExit: 0 }, ...exits(0)] },
  "falling off its end, which 'beforeExit' puts off twice": {
    status: 'exited 0',
    listeners: [{ beforeExit: 0 }, { beforeExit: 0 }, { beforeExit: 0 }, ...exits(0)],
  },
  'an uncaught error': ofTheChild,
  'an uncaught error in a timer': ofTheChild,
  'an unhandled rejection': ofTheChild,
  'process.exit(4) in a timer': { status: 'exited 4', listeners: exits(4) },
  "process.exit(8) in an 'exit' listener": { status: 'exited 8', listeners: [{ beforeExit: 0 }, ...exits(0)] },
  "process.exitCode = 3 in an 'exit' listener": { status: 'exited 3', listeners: [{ beforeExit: 0 }, ...exits(0)] },
  'process.abort()': { status: 'killed by SIGABRT', listeners: [] },
  'kill(getpid(), SIGKILL)': { status: 'killed by SIGKILL', listeners: [] },
};

describe.each(Object.entries(WAYS_OUT))('a child that ends by %s', (name, { status, listeners, error = '' }) => {
  test(`has status: ${status}`, async () => {
    const run = await runProgram('forks', ['wayOut', name]);
    expect([run.status, run.signal, reportsOf(run)]).toEqual([0, null, [{ status }]]);
    expect(run.stderr).toContain(error);
  });

  test('runs the listeners that a process of Node would have run', async () => {
    const run = await runProgram('forks', ['wayOut', name, 'listeners']);
    expect([run.status, run.signal, reportsOf(run)]).toEqual([0, null, [...listeners, { status }]]);
  });
});

describe("in the child's event loop", () => {
  for (const work of [
    'a timer',
    'a file',
    'a server and its client',
    'cryptography',
    'random bytes',
    'compression',
    'another program',
    'a worker_thread that is terminated',
    'a worker_thread that ends by itself',
    'compiling WebAssembly',
  ]) {
    describe(work, () => {
      test.each(['first of all', 'after the parent did'])('works %s, and in the parent afterwards', async (when) => {
        expect(await reports('forks', 'work', work, when)).toEqual([
          { child: 'done' },
          { status: 'exited 3', parent: 'done' },
        ]);
      });
    });
  }

  test("libuv's pool works, though the parent's was busy", async () => {
    expect(await reports('forks', 'busyPool')).toEqual([{ child: 'done' }, { parent: 8 }]);
  });
});

for (const place of [
  'the main script',
  'a timer',
  'setImmediate',
  'nextTick',
  'a promise',
  'a callback of the thread pool',
  'a connection',
  "a client's 'connect'",
  'the callback of a write',
  "a 'beforeExit' listener",
  "a task of V8's platform",
]) {
  test(`fork in ${place}: parent and child go on to their ends`, async () => {
    expect(await reports('forks', 'place', place)).toEqual([{ exit: 3 }, { status: 'exited 3' }]);
  });
}

test("fork in an 'exit' listener: the child's status is the process.exitCode that it began with", async () => {
  expect(await reports('forks', 'place', "an 'exit' listener")).toEqual([{ status: 'exited 3' }]);
});

test('fork in a callback of the thread pool while others are due: they are called in the parent alone', async () => {
  expect(await reports('forks', 'callbacksDue')).toEqual([
    { who: 'child', called: 1 },
    { status: 'exited 3' },
    { who: 'parent', called: 4 },
  ]);
});

describe('a parent', () => {
  test.each([
    ['process.exit', 3],
    ['falling off its end', 3],
    ['_exit', 3],
    ['an uncaught error', 1],
  ])('that leaves by %s right after fork ends with status %i, and its child lives on', async (how, status) => {
    const run = await runProgram('forks', ['parentLeaves', how]);
    expect([run.status, run.signal, reportsOf(run)]).toEqual([status, null, ['orphan']]);
  });

  test('that allocates forks 200 times: every status is right, and no descriptor is left over', async () => {
    expect(await facts('forks', 'many', '200')).toEqual({ statuses: [['exited 5', 200]], descriptors: 0 });
  });

  test('at its limit of processes is told EAGAIN and what to do about it, and forks again once the limit is raised', async () => {
    expect(await facts('forks', 'limit')).toEqual({
      before: { name: 'SyscallError', code: 'EAGAIN', message: expect.stringContaining('RLIMIT_NPROC') },
      afterwards: 'exited 0',
    });
  });

  test('without a descriptor left forks all the same, from the first time on', async () => {
    expect(await facts('forks', 'noDescriptorLeft')).toEqual({ full: 'EMFILE', status: 'exited 3' });
  });

  test('needs no flag of Node', async () => {
    expect(await facts('forks', 'flags')).toEqual({ execArgv: [], nodeOptions: '' });
  });
});
