import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NativeLibraries } from './support/native-libraries';
import { facts, reports, reportsOf, runCommand, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const works = 'exited 3';
const refused = (code: string, ...words: string[]): object => ({
  name: 'Error',
  code,
  message: expect.stringMatching(words.join('.*')),
});

const libraries = new NativeLibraries();
afterAll(() => libraries.remove());

describe("beside libuv's pool, fork", () => {
  test('finds its threads whatever UV_THREADPOOL_SIZE has become', async () => {
    expect(await reports('census', 'poolOfAnotherSize')).toEqual([works, works]);
  });

  test.each(['8', '1'])('of %s is refused while one is busy, or waits as long as it is told to', async (size) => {
    const run = await runProgram('census', ['busyPool'], { env: { UV_THREADPOOL_SIZE: size } });
    expect([run.stderr, run.status]).toEqual(['', 0]);
    expect(reportsOf(run)).toEqual([refused('ERR_FORK_THREAD_POOL_BUSY', 'after 20 ms', 'patience'), works]);
  });

  testWhere(process.allowedNodeEnvironmentFlags.has('--disable-sigusr1'), 'this Node has no --disable-sigusr1')(
    'is refused while its one thread is busy, also where Node has no thread for SIGUSR1',
    async () => {
      const run = await runProgram('census', ['busyPool'], {
        env: { UV_THREADPOOL_SIZE: '1' },
        nodeOptions: ['--disable-sigusr1'],
      });
      expect(reportsOf(run)).toEqual([refused('ERR_FORK_THREAD_POOL_BUSY', 'after 20 ms'), works]);
    },
  );

  testWhere(process.platform === 'linux' && process.arch === 'x64', 'LD_PRELOAD of a library for Linux, x86-64')(
    'waits for one that was woken and has no processor yet: it is not taken for a stranger',
    async () => {
      const env = { UV_THREADPOOL_SIZE: '1', LD_PRELOAD: libraries.compile('slow-to-run') };
      const run = await runProgram('census', ['poolOfAnotherSize'], { env });
      expect([run.stderr, run.status]).toEqual(['', 0]);
      expect(reportsOf(run)).toEqual([works, works]);
    },
  );

  test('finds its threads where there is no descriptor left', async () => {
    expect(await reports('census', 'noDescriptorLeft')).toEqual([works]);
  });

  test('says that a read from a pipe is what it waited for; forkWhenIdle waits while the loop turns, until it is aborted', async () => {
    expect(await reports('census', 'readFromPipe')).toEqual([
      refused('ERR_FORK_THREAD_POOL_BUSY', 'node:fs', 'net.Socket'),
      ['AbortError', 5],
      works,
    ]);
  });
});

test('forkWhenIdle forks when a job is done, and in a turn for each call; the event loop turns meanwhile', async () => {
  expect(await reports('census', 'forkWhenIdle')).toEqual([
    ['exited 5', true],
    ['exited 1', 'exited 2', 'exited 3'],
  ]);
});

test('a child does not wait for rest in place of its parent, but for itself', async () => {
  expect(await reports('census', 'childOfOneThatWaits')).toEqual(['exited 2', 'exited 4']);
});

test.each(['fs.stat', 'WebAssembly.compile'])(
  'after a fork a worker_thread that Atomics.wait waits for has its %s done',
  async (call) => {
    expect(await reports('census', 'workerThatIsWaitedFor', call)).toEqual([works, 'ok']);
  },
);

describe('a thread that nobody knows', () => {
  const byWatchdog = refused('ERR_FORK_WITH_THREADS', "not Node's", "vm's timeout", 'allowThreads');
  const byLibrary = refused('ERR_FORK_WITH_THREADS', '"vips worker" \\(thread \\d+\\)', 'sharp', 'allowThreads');

  test('of Node is named; fork works with allowThreads, and once it is gone', async () => {
    expect(await reports('census', 'watchdog')).toEqual([byWatchdog, works, works]);
  });

  test('of a library is named, with and without a pool; fork works with allowThreads', async () => {
    const library = libraries.compile('thread-of-a-library');
    expect(await reports('census', 'library', library)).toEqual([byLibrary, byLibrary, works, works]);
  });

  test('is named where it was there before this package', async () => {
    const library = libraries.compile('thread-of-a-library');
    const load = `data:text/javascript,process.dlopen({ exports: {} }, ${JSON.stringify(library)})`;
    const run = await runProgram('census', ['simple'], { nodeOptions: ['--import', load] });
    expect(reportsOf(run)).toEqual([byLibrary]);
  });
});

describe("the thread of Node's module hooks", () => {
  const refusal = (...words: string[]) => refused('ERR_FORK_WITH_WORKERS', 'module hooks', ...words, 'registerHooks');

  test('is named where the program has started it; fork works with allowThreads', async () => {
    const run = await runProgram('census', ['moduleHooks'], { nodeOptions: ['--no-deprecation'] });
    expect([run.stderr, run.status]).toEqual(['', 0]);
    expect(reportsOf(run)).toEqual([refusal('yarn'), works]);
  });

  test.each(['--import', '--loader'])('is named where it was there before this package, by %s', async (option) => {
    const hooks = 'export const resolve = (specifier, context, next) => next(specifier, context);';
    const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${hooks}`)});`;
    const load = `data:text/javascript,${encodeURIComponent(option === '--import' ? register : hooks)}`;
    const run = await runProgram('census', ['simple'], { nodeOptions: [option, load] });
    expect(reportsOf(run)).toEqual([refusal(`started with ${option}`)]);
  });
});

test("fork({ inheritHandles: false }) says so where V8's inspector is not permitted, and fork() works", async () => {
  const [permission = ''] = ['--permission', '--experimental-permission'].filter((option) =>
    process.allowedNodeEnvironmentFlags.has(option),
  );
  const nodeOptions = [permission, '--allow-addons', '--allow-fs-read=*', '--allow-fs-write=*'];
  const run = await runProgram('census', ['withoutHandles'], { nodeOptions });
  expect(reportsOf(run)).toEqual([refused('ERR_FORK_TIMERS', '--allow-inspector', 'clear the timers'), works]);
});

/** Only Node 20 does as it is told here, and where the system lets it. */
const ring = spawnSync(
  process.execPath,
  [
    '-p',
    `require('fs').readdirSync('/proc/self/task').map((thread) =>
  require('fs').readFileSync('/proc/self/task/' + thread + '/comm', 'utf8')).join()`,
  ],
  {
    env: { ...process.env, UV_USE_IO_URING: '1' },
    encoding: 'utf8',
  },
).stdout.includes('iou-sqp-');
const whereRing = testWhere(ring, 'this Node has no ring of io_uring here');

whereRing('a ring that libuv uses in place of its pool is named', async () => {
  const run = await runProgram('census', ['simple'], { env: { UV_USE_IO_URING: '1' } });
  expect(reportsOf(run)).toEqual([
    refused('ERR_FORK_WITH_THREADS', '"iou-sqp-\\d+" \\(thread \\d+\\)', 'UV_USE_IO_URING'),
  ]);
});

describe('a child of a process that V8 profiles', () => {
  const statuses = { exit: 'exited 7', end: 'exited 7', throw: 'exited 1' };
  test.each(Object.entries(statuses))('leaves with its status (%s)', async (left, status) => {
    const run = await runProgram('census', ['profiled', left], {
      nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${libraries.directory}`],
    });
    expect(reportsOf(run)).toEqual([status]);
  });
});

test('a profiler that runs at the fork is stopped by the parent alone; a child is refused to stop or start one', async () => {
  expect(await reports('census', 'profilersOfTheParent')).toEqual([['ERR_FORK_PROFILER', 2], 'exited 7', [null, true]]);
});

describe("a descriptor of the program's", () => {
  test('can be closed and replaced though it is closed on exec', async () => {
    expect(await facts('census', 'closeOnExec')).toBe('closed');
  });

  test('can be closed though its pipe was inherited', async () => {
    expect(await facts('census', 'inheritedPipe')).toBe('closed');
  });
});

describe('the event loop of a child', () => {
  test('goes on where it was forked, among 1,100 that are ready, with a lower descriptor free', async () => {
    expect(await facts('census', 'manyReadyAndAHole')).toBe('exited 9');
  });

  test.each([['0'], ['0', '1'], ['0', '1', '2']])(
    "is whole, and that of a child's child's child, where descriptor %s is closed",
    async (...closed) => {
      expect(await reports('census', 'standardClosed', ...closed)).toEqual(['exited 3']);
    },
  );

  for (const how of ['close', 'close, and its number is a file', 'fs.closeSync']) {
    test.each(['the parent', 'the child'])(
      `goes on and ends though %s has closed the descriptor of a socket (${how})`,
      async (who) => {
        const ofTheParent = who === 'the child' ? ['read'] : [];
        expect(await reports('census', 'closedByNumber', who, how)).toEqual(['exited 7', ...ofTheParent]);
      },
    );
  }

  test('that could not have its descriptors is not made: EMFILE in the parent', async () => {
    expect(await facts('census', 'lowLimit')).toEqual({
      name: 'SyscallError',
      code: 'EMFILE',
      message: expect.stringContaining('EMFILE'),
    });
  });
});

test('a second copy of the package refuses, and names both', async () => {
  expect(await reports('census', 'twoCopies')).toEqual([
    { ...refused('ERR_FORK_SECOND_COPY', 'two copies', '/copy'), listeners: 0 },
    works,
  ]);
});

const onLinux = testWhere(process.platform === 'linux', 'LD_PRELOAD of a library for Linux');

onLinux("V8's platform is left alone where its functions have not the names that they should", async () => {
  const run = await runProgram('census', ['simple'], { env: { LD_PRELOAD: libraries.compile('no-names') } });
  expect(reportsOf(run)).toEqual([refused('ERR_FORK_PLATFORM', "V8's platform")]);
});

/** unshare(1): a namespace of its own needs a right that containers do not always have. */
const namespaces = spawnSync('unshare', ['-mpf', 'true']).status === 0;
const whereNamespaces = testWhere(namespaces, 'unshare(1) may not make a namespace');

describe('where /proc', () => {
  const program = join(__dirname, 'programs', 'census.js');
  const inNamespace = (mount: string, scenario: string) =>
    runCommand('unshare', ['-mpf', 'sh', '-c', `${mount} && exec "$@"`, 'sh', process.execPath, program, scenario]);

  whereNamespaces('is that of an outer PID namespace, the threads are found all the same', async () => {
    expect(reportsOf(await inNamespace('true', 'simple'))).toEqual([works]);
    expect(reportsOf(await inNamespace('true', 'poolOfAnotherSize'))).toEqual([works, works]);
  });

  whereNamespaces('is not there, fork says so, and works with allowThreads', async () => {
    const hide = 'mount -t tmpfs none /proc';
    expect(reportsOf(await inNamespace(hide, 'simple'))).toEqual([refused('ERR_FORK_WITH_THREADS', '/proc')]);
    expect(reportsOf(await inNamespace(hide, 'allowed'))).toEqual([works]);
  });
});
