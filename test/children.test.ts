import { join } from 'node:path';
import { facts, reports, reportsOf, runProgram, Started } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

const CHILDREN = join(__dirname, 'programs', 'children.js');

describe('inChild gives', () => {
  test.each([
    'nothing',
    'a bigint',
    'a Map of Sets',
    'a Date',
    'a circle',
    'a small Buffer',
    'a large Buffer',
    'typed arrays',
    'a DataView of a part',
    'an ArrayBuffer',
    'an empty view',
    'many views',
  ])('%s', async (name) => {
    expect(await facts('children', 'value', name)).toBe(true);
  });
});

test("a child has its parent's memory as it was at the fork, and changes its own", async () => {
  expect(await facts('children', 'memory')).toEqual([{ values: [1, 2], other: true }, [1, 3], [2, false]]);
});

describe('an error of a child is thrown in the parent', () => {
  test.each([
    [
      'a TypeError with a cause',
      {
        ...{ name: 'TypeError', class: 'TypeError', message: 'of the child' },
        cause: { name: 'RangeError', class: 'RangeError', message: 'why' },
      },
    ],
    ['an own class', { name: 'PaymentError', class: 'Error', message: 'of the child', amount: 7 }],
    ["Node's own", { name: 'RangeError', class: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
    ['a system error', { name: 'Error', class: 'Error', code: 'ENOENT', syscall: 'open', path: '/no/such/file' }],
    ['a SyscallError', { name: 'SyscallError', class: 'SyscallError', code: 'EINTR', errno: -4, syscall: 'accept' }],
    [
      'an AggregateError',
      {
        ...{ name: 'AggregateError', class: 'AggregateError', message: 'both' },
        errors: [expect.objectContaining({ message: 'one' }), { thrown: 'two' }],
      },
    ],
    ['a DOMException', { name: 'AbortError', class: 'DOMException', message: 'of the child' }],
    ['an error that is its own cause', { name: 'Error', class: 'Error', message: 'of the child' }],
    ['a property that cannot be cloned', { message: 'of the child', call: '[Function: call]' }],
    [
      'a property that throws',
      {
        message: 'an error was thrown whose properties cannot be read',
        cause: expect.objectContaining({ message: 'not that' }),
      },
    ],
    ['text', { thrown: 'of the child' }],
    ['nothing', { thrown: null }],
    ['a function', { thrown: '[Function (anonymous)]' }],
  ])('%s', async (name, expected) => {
    expect(await facts('children', 'error', name)).toMatchObject(expected);
  });

  test('of a class that was named, with its stack; also one that nobody catches there', async () => {
    expect(await reports('children', 'errorClasses')).toEqual([
      [{ name: 'Refused', class: 'Error', message: 'no', amount: 7 }, false, true],
      [{ name: 'Refused', class: 'Refused', message: 'no', amount: 7 }, true, true],
      { name: 'RangeError', class: 'RangeError', message: 'from a timer' },
      { name: 'Error', class: 'Error', message: 'unhandled' },
    ]);
  });
});

test('a child that ends without a value: ChildExited, ChildKilled; one whose value cannot be cloned: DataCloneError', async () => {
  expect(await reports('children', 'ends')).toEqual([
    { status: 4, empty: false },
    { status: 0, empty: false },
    { signal: 'SIGKILL', coreDumped: false },
    { signal: 'SIGABRT', coreDumped: false },
    { status: 13, empty: true },
    { name: 'DataCloneError', class: 'DOMException', message: '() => 1 could not be cloned.' },
  ]);
});

test('an AbortSignal and a time-out end a child, by SIGKILL where it will not; before the fork nothing is forked', async () => {
  expect(await reports('children', 'aborted')).toEqual([
    [true, true, 'TimeoutError', ['enough', true]],
    true,
    ['done', 'not aborted'],
  ]);
});

test('a child that was told to end may still give its value', async () => {
  expect(await facts('children', 'valueAfterTerm')).toBe('cleaned up');
});

test('a stream that many children write to: Node warns of no leak, and no listener stays', async () => {
  const [facts] = (await reports('children', 'one stream for many')) as {
    all: boolean;
    before: unknown;
    after: unknown;
  }[];
  expect(facts).toEqual({ all: true, before: facts?.before, after: facts?.before });
});

test('stdio: to streams of the parent, to nowhere, to a descriptor; nothing to read', async () => {
  expect(await reports('children', 'stdio')).toEqual([
    [3_000_026, 'of the child\n', `${'x'.repeat(27)}by its number`, 'trouble\nread ""', false],
    'inherited',
    'by a descriptor',
  ]);
});

test('what a child has written to a slow reader is there when it has left', async () => {
  expect(await reports('children', 'flushed')).toEqual(['y'.repeat(3_000_000)]);
});

test('nice and rlimits hold in the child; a limit that cannot be set is its error', async () => {
  expect(await reports('children', 'limits')).toEqual([
    [{ rlim_cur: 100, rlim_max: 100 }, { rlim_cur: 0, rlim_max: 0 }, true],
    expect.objectContaining({ class: 'SyscallError', syscall: 'setrlimit', code: 'EPERM' }),
  ]);
});

test('no listener, handler or interval of the parent runs in a child; its own do', async () => {
  const heard = await reports('children', 'listeners');
  expect(heard).toEqual([
    'ChildKilled: child N was killed by SIGUSR1 and gave no result',
    'ChildKilled: child N was killed by SIGUSR2 and gave no result',
    { "exit of the child's own, 1": 'heard', child: true },
    { name: 'Error', class: 'Error', message: 'of the child' },
    0,
  ]);
});

test("standard input is the parent's: a child hears none of it, and its own is empty", async () => {
  const run = await runProgram('children', ['standardInput'], { input: 'words' });
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(reportsOf(run)).toEqual([{ heard: 'words', here: true }, { end: true }, ['', 'waited']]);
});

onLinux('a child has its own end and no other, nor have its children and those that the program forks', async () => {
  expect(await reports('children', 'descriptors')).toEqual([[true, 'exited 6'], 'exited 1']);
});

onLinux('nothing is left: no child, no descriptor', async () => {
  expect(await facts('children', 'nothingLeft')).toBe(0);
});

test("children of the program's own are left to it; one that the program reaps is ECHILD", async () => {
  expect(await reports('children', 'ownChildren')).toEqual(['exited 9', 'exited 3', 'ECHILD']);
});

test('children run side by side, and the event loop turns', async () => {
  expect(await facts('children', 'together')).toEqual([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4], true]);
});

test('what a child leaves behind is not waited for, though it has the same pipes', async () => {
  expect(await reports('children', 'survivor')).toEqual(['number', 'settled']);
});

onLinux('a child ends with its parent, however that ends', async () => {
  const program = new Started(process.execPath, [CHILDREN, 'parentIsKilled']);
  await program.stdout.match(/^\d+\n/);
  process.kill(program.pid, 'SIGKILL');
  expect((await program.end()).signal).toBe('SIGKILL');
});

test('bad arguments are refused before anything is done', async () => {
  const codes = await reports('children', 'refused');
  const [type, range] = ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'];
  expect(codes).toEqual([
    ...[type, type, type, type, range, range, type, type, range],
    ...[type, type, type, type, type, type, range, type, type],
  ]);
});
