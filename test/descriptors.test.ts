import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

describe('close', () => {
  test('of what is not open fails with EBADF', async () => {
    expect(await reports('descriptors', 'closing')).toEqual([
      [0, 'EBADF', 'EBADF', 'EBADF'],
      { name: 'SyscallError', code: 'EBADF', message: expect.stringMatching(/^close\(\d+\): EBADF, Bad file descr/) },
    ]);
  });

  test("of the program's own closes it: pipes, sockets, copies, and what node:fs opened", async () => {
    expect(await facts('descriptors', 'own')).toEqual({
      'a pipe (read end)': 0,
      'a pipe (write end)': 0,
      'a socket': 0,
      'a socket pair': 0,
      'a copy': 0,
      'a file opened with node:fs': 0,
      '/dev/null opened with node:fs': 0,
      'a directory opened with node:fs': 0,
    });
  });
});

describe("Node's own descriptors", () => {
  for (const call of ['close', 'dup2']) {
    onLinux(`${call} refuses each of them and says whose it is; Node works on`, async () => {
      const [tried, works] = await reports('descriptors', 'ofNode', call);
      // Files are not Node's: Node marks what it inherits close-on-exec, as it does its own.
      const refused = (tried as { kind: string }[]).filter(({ kind }) => !kind.startsWith('/'));
      const kinds = refused.map(({ kind }) => kind);
      // Node 22 and later may have an io_uring besides.
      expect(kinds).toEqual(expect.arrayContaining(['anon_inode:[eventpoll]', 'anon_inode:[eventfd]', 'pipe:[N]']));
      expect(refused).toEqual(kinds.map((kind) => ({ kind, code: 'ERR_DESCRIPTOR_OF_NODE', named: true })));
      expect(works).toEqual({ works: true });
    });
  }

  test('in a forked child they are refused too', async () => {
    expect(await facts('descriptors', 'ofNodeInChild')).toBe('exited 5');
  });

  test('a pipe that was inherited among their numbers is none of them', async () => {
    expect(await facts('descriptors', 'inherited')).toBe('exited 0');
  });

  onLinux('of the event loop of a worker_thread are refused too', async () => {
    const { some, own, refused } = (await facts('descriptors', 'ofWorker')) as {
      some: boolean;
      own: unknown[];
      refused: string[];
    };
    expect([some, own]).toEqual([true, Array(8).fill(0)]);
    expect(new Set(refused)).toEqual(new Set(['ERR_DESCRIPTOR_OF_NODE']));
  });
});

test('a dup2 or dup3 that fails leaves what is there as it is: the event loop watches it on', async () => {
  expect(await reports('descriptors', 'failedCopies')).toEqual([
    ['EBADF', 'EINVAL'],
    ['before', 'after'],
  ]);
});

test('dup2 makes a copy of the number that it is given, closing what that was; EBADF for what is not open', async () => {
  expect(await reports('descriptors', 'dup2')).toEqual([
    { copy: true, text: 'through the copy' },
    { over: true, same: true },
    ['EBADF', 'EBADF', 'EBADF', 'EBADF'],
  ]);
});

test('read gives what there is, at most the count, into the beginning of any view; 0 at the end of file', async () => {
  expect(await reports('descriptors', 'reading')).toEqual([
    { short: 3, text: 'abc.......' },
    { count: 2, text: 'dec.......' },
    { none: 0 },
    { empty: 0 },
    { part: 3, text: 'dec.fgh...' },
    { view: 1, text: 'iec.fgh...' },
    { wide: 1, bytes: 'j' },
    { end: 0 },
    ['EBADF', 'EISDIR'],
  ]);
});

test('write takes text as UTF-8, or the bytes of any view, at most the count; EPIPE when nobody can read', async () => {
  expect(await reports('descriptors', 'writing')).toEqual([
    { string: 8, text: 'a→😀' },
    { count: 3, text: 'abc' },
    { nul: 3, text: 'a\0b' },
    { bytes: 2, text: 'hi' },
    { part: 3, text: 'cde' },
    { view: 1, text: 'y' },
    { nothing: 0 },
    ['EPIPE', 'EBADF'],
  ]);
});

test('write and read move 50,000 bytes unchanged', async () => {
  expect(await facts('descriptors', 'large')).toEqual({ written: 50_000, same: true });
});
