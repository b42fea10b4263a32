import { AF_INET, AF_INET6, AF_UNIX } from 'realfork';
import { observe } from 'realfork/observe';
import { parseFdInfo } from '#src/observe/linux/fdinfo.js';
import { parseAddress, parseInet } from '#src/observe/linux/inet.js';
import { parseStatus } from '#src/observe/linux/status.js';
import { parseSyscall } from '#src/observe/linux/syscall.js';
import { parseUnix } from '#src/observe/linux/unix.js';
import { withDescendants } from '#src/observe/tree.js';
import { facts, reportsOf, runProgram } from './support/run-program';
import { describeWhere, testWhere, testWith } from './support/systems';

const onLinux = process.platform === 'linux';
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

describe('processes whose state is known', () => {
  test('blocked in accept on listenfd, stopped, zombie; a zombie has no descriptors; parents come first', async () => {
    expect(await facts('observing', 'states')).toEqual({
      facts: [
        [true, 'sleeping', ['accept', true], false],
        [true, 'stopped', [], false],
        [true, 'zombie', [], true],
      ],
      order: [0, 1, 2, 3],
    });
  });

  test('which descriptors of which processes are of one open file description, and hence how many refer to it', async () => {
    const both = [
      ['parent', true],
      ['child', true],
    ];
    expect(await facts('observing', 'sharing')).toEqual({
      kinds: ['socket', 'pipe', 'file'],
      listenfd: both,
      readfd: both,
      writefd: [['parent', true]], // the child has closed it
      once: both,
      again: both, // of the same file, but opened for itself
      sameName: true,
      detailsOfOthers: [null, false],
      flags: { access: 'write', nonBlocking: false, append: false },
    });
  });

  test('files without a name of their own are told apart: the event queue of each child is its own', async () => {
    const held = (await facts('observing', 'anonymous')) as number[];
    expect(held.filter((holders) => holders === 1).length).toBeGreaterThanOrEqual(21);
    expect(held.every((holders) => holders === 1 || holders === 21)).toBe(true);
  });

  const CONNECTIONS = {
    states: ['LISTEN', 'ESTABLISHED', 'ESTABLISHED', 'ESTABLISHED'],
    queued: 1,
    bothEnds: true,
  };

  test('connections: both ends, the state, and how many wait for accept', async () => {
    expect(await facts('observing', 'connections')).toEqual(CONNECTIONS);
  });

  testWith('ss')('connections: as ss has them', async () => {
    const bySs = { bySs: ['LISTEN', 'ESTAB', 'ESTAB', 'ESTAB'], queuedBySs: 1 };
    expect(await facts('observing', 'connections', 'ss')).toEqual({ ...CONNECTIONS, ...bySs });
  });

  test('connections: which descriptor is at the other end, of Unix sockets too, and how many wait there', async () => {
    const address = { family: AF_UNIX, path: './socket' };
    expect(await facts('observing', 'peers')).toEqual({
      named: [true, address, address],
      pair: true,
      tcp: true,
      listener: ['LISTEN', 1, null],
    });
  });

  test('signals: blocked, pending, ignored (by Node), caught', async () => {
    expect(await facts('observing', 'signals')).toEqual({
      blocked: ['SIGUSR1'],
      pending: ['SIGUSR1'],
      ignored: ['SIGPIPE', 'SIGXFSZ'],
      caught: true,
    });
  });

  test('zombies: as many as have ended', async () => {
    expect(await facts('observing', 'zombies')).toEqual({ zombies: 4 });
  });

  testWith('ps')('zombies: as many as ps counts', async () => {
    expect(await facts('observing', 'zombies', 'ps')).toEqual({ zombies: 4, byPs: 4 });
  });

  test('what vanishes while it is looked at is left out', async () => {
    expect(await facts('observing', 'vanishing')).toEqual({
      most: 2,
      afterwards: { processes: [], openFiles: [] },
    });
  });

  testWhere(process.getuid?.() === 0, 'needs root')('what this user may not see is absent, not invented', async () => {
    expect(await facts('observing', 'forbidden')).toEqual({ state: 'sleeping', command: true });
  });

  testWhere(process.getuid?.() === 0, 'needs root')('realfork watch says who may look', async () => {
    expect(await facts('observing', 'watchForbidden')).toEqual({
      said: 'process PID may not be looked at: only its owner and root may',
    });
  });

  test('a pid that there is no process for: nothing', () => {
    expect(observe(2 ** 22 + 1)).toEqual({ processes: [], openFiles: [] });
    expect(observe([])).toEqual({ processes: [], openFiles: [] });
  });

  test('parents come first, whichever is asked for, also where the numbers of processes have begun anew', () => {
    const all = [
      ...[
        { pid: 5, ppid: 40 },
        { pid: 7, ppid: 5 },
        { pid: 9, ppid: 1 },
      ],
      ...[
        { pid: 40, ppid: 30 },
        { pid: 41, ppid: 40 },
      ],
    ].map((process) => ({ ...process, state: 'sleeping' as const }));
    const order = (...roots: number[]): number[] => withDescendants(all, roots).map(({ pid }) => pid);
    expect(order(40)).toEqual([40, 5, 7, 41]);
    expect(order(7, 5, 40, 9)).toEqual([9, 40, 5, 7, 41]);
    expect(order(9, 7)).toEqual([7, 9]);
  });

  // Some 7 where the machine has nothing else to do: 140 ms of processor time for 1,000. docs/observe.md
  test('1,000 live children for what it takes to read twelve files of each', async () => {
    // To make them, and to end them, takes longer than to look at them.
    const run = await runProgram('observing', ['many', '1000', '12'], { patience: 140_000 });
    const [{ observed, timesOneFile }] = reportsOf(run) as [{ observed: number[]; timesOneFile: number }];
    expect(new Set(observed)).toEqual(new Set([1001]));
    expect(timesOneFile).toBeLessThan(12);
  });
});

describeWhere(onLinux, 'no /proc')('the files of /proc', () => {
  test('status: a name may hold anything; a zombie whose threads are still ending is running', () => {
    const status = (name: string, letter: string, threads: number): string =>
      `Name:\t${name}\nUmask:\t0022\nState:\t${letter} (whatever)\nTgid:\t47\nNgid:\t0\nPid:\t47\nPPid:\t11\n` +
      `TracerPid:\t0\nThreads:\t${threads}\nSigQ:\t0/9\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000010000\n` +
      'SigBlk:\t0000000000000200\nSigIgn:\t0000000000001000\nSigCgt:\t0000000400000000\nCapInh:\t0\n';
    expect(parseStatus(status('a) Z \\n(b', 'S', 3))).toEqual({
      ...{ pid: 47, ppid: 11, name: 'a) Z \\n(b', state: 'sleeping', threads: 3 },
      signals: { pending: ['SIGCHLD'], blocked: ['SIGUSR1'], ignored: ['SIGPIPE'], caught: ['SIGRTMIN+1'] },
    });
    expect(parseStatus(status('x', 'Z', 2))?.state).toBe('running');
    expect(parseStatus(status('x', 'Z', 1).replace('Umask:\t0022\n', ''))?.state).toBe('zombie');
    expect(parseStatus(status('x', 'T', 1))?.state).toBe('stopped');
    expect(parseStatus(status('x', 'D', 1))?.state).toBe('sleeping');
    expect(parseStatus(status('x', 'X', 0))).toBeUndefined();
    expect(parseStatus('')).toBeUndefined();
  });

  test('syscall: not in one, running, and one that has no name here', () => {
    expect(parseSyscall('running\n')).toBeUndefined();
    expect(parseSyscall('-1 0x7ffe 0x7f\n')).toBeUndefined();
    expect(parseSyscall('')).toBeUndefined();
    expect(parseSyscall('99999 0x3 0x0\n')).toEqual({ call: 'system call 99999' });
  });

  test('fdinfo', () => {
    expect(parseFdInfo('pos:\t0\nflags:\t02004002\nmnt_id:\t9\n')).toEqual({
      flags: { access: 'read and write', nonBlocking: true, append: false },
      closeOnExec: true,
    });
    expect(parseFdInfo('')).toBeUndefined();
  });

  testWhere(littleEndian, 'big-endian')(
    'net/tcp and net/tcp6: addresses, states, the queue of a listener',
    async () => {
      expect(parseAddress('0100007F:2695')).toEqual({ family: AF_INET, address: '127.0.0.1', port: 9877 });
      expect(parseAddress('00000000000000000000000001000000:0050')).toEqual({
        family: AF_INET6,
        address: '::1',
        port: 80,
      });
      expect(parseAddress('0000000000000000FFFF00000100007F:0050')).toMatchObject({ address: '::ffff:127.0.0.1' });
      const text =
        '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
        '   0: 0100007F:2695 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 1530 1 0 100 0 0 10 0\n' +
        '   1: 0100007F:2695 0100007F:C001 08 00000000:00000001 00:00000000 00000000     0        0 1531 1 0 20 4 30 10 -1\n' +
        '   2: 0100007F:2695 0100007F:C002 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n';
      const sockets = parseInet('tcp', text, new Set([1530, 1531]));
      expect([...sockets.keys()]).toEqual([1530, 1531]);
      expect(sockets.get(1530)).toEqual({ protocol: 'tcp', state: 'LISTEN', local: expect.anything(), queued: 3 });
      expect(sockets.get(1531)).toMatchObject({ state: 'CLOSE_WAIT', peer: { port: 0xc001 } });
    },
  );

  test('net/unix: unnamed, with a path that has blanks, in the abstract space, listening', () => {
    const text =
      'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      '00000000f870f19e: 00000003 00000000 00000000 0001 03  1527\n' +
      '0000000000000000: 00000002 00000000 00010000 0001 01 21528 /tmp/a b\n' +
      '0000000000000000: 00000002 00000000 00000000 0002 01  1529 @name\n';
    const sockets = parseUnix(text, new Set([1527, 21528, 1529]));
    expect(sockets.get(1527)).toEqual({ protocol: 'unix', state: 'CONNECTED' });
    expect(sockets.get(21528)).toMatchObject({ state: 'LISTEN', local: { family: AF_UNIX, path: '/tmp/a b' } });
    expect(sockets.get(1529)).toMatchObject({ state: 'UNCONNECTED', local: { path: '\0name' } });
  });
});
