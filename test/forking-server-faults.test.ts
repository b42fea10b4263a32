import { facts, reports, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

/** createForkingServer among surroundings and programs that are not kind: it serves on, and hears its signals. */

const PROGRAM = 'forking-server-faults';
const observed = async (...scenario: [name: string, ...args: string[]]): Promise<Record<string, unknown>> =>
  (await facts(PROGRAM, ...scenario)) as Record<string, unknown>;

const onLinux = process.platform === 'linux';

describe('its log', () => {
  test.each(['pipe', 'pipe that does not block', 'socket', 'terminal'])(
    'a %s that is full: clients are served, SIGTERM ends it, and the lines that are lost are counted',
    async (kind) => {
      expect(await facts(PROGRAM, 'full log', kind)).toEqual(['x']);
    },
  );

  testWhere(onLinux, 'no /dev/full')(
    'a reader that is gone, a disk that is full, a descriptor that is closed: the same',
    async () => {
      const served = Array(3).fill('x');
      expect(await facts(PROGRAM, 'no log')).toEqual({ gone: served, full: served, closed: served });
    },
  );
});

test('children that end at once, one of them not known to the server: both are reaped, and SIGTERM ends it', async () => {
  expect((await facts(PROGRAM, 'ends at once')) as string[]).toEqual(
    expect.arrayContaining([
      'log: reaped N, which is no child of this server',
      'log: end N status N from N.N.N.N:N',
      'log: stopped',
    ]),
  );
});

describe('the path of a Unix socket', () => {
  const IN_USE = 'EADDRINUSE, Address already in use.';
  const inUse = [`${IN_USE} A socket is there that is in use: choose another path`, 'stays'];
  const link = [`${IN_USE} A symbolic link is there, and it stays`, 'stays'];

  test('a socket that nobody has open is taken over, and nothing else', async () => {
    expect(await facts(PROGRAM, 'paths')).toEqual({
      file: [`${IN_USE} A regular file is there, and it stays`, 'stays'],
      directory: [`${IN_USE} A directory is there, and it stays`, 'stays'],
      fifo: [`${IN_USE} A FIFO is there, and it stays`, 'stays'],
      ...{ 'dangling link': link, 'link to a file': link, 'link to a socket': link, 'link to a stale socket': link },
      ...{ listens: inUse, datagrams: inUse, packets: inUse, full: inUse },
      stale: ['served', 'gone'],
      free: ['served', 'stays'],
      '\0abstract': ['served', 'stays'],
      'no directory/socket': ['ENOENT, No such file or directory', 'stays'],
      text: 'my thesis\n',
    });
  });

  test('of several servers that start at the same time one gets it, and listens there', async () => {
    expect(await facts(PROGRAM, 'paths at once')).toEqual({ outcomes: ['luu'], left: false });
  });

  test('at the end it is removed only if it is its own', async () => {
    expect(await facts(PROGRAM, 'path of another')).toBe(true);
  });
});

describe('a fork that is refused', () => {
  test('a worker is there from the beginning: listen() says so', async () => {
    expect(await facts(PROGRAM, 'with a worker', 'before')).toBe('ERR_FORK_WITH_WORKERS');
  });

  test('a worker that comes while it runs: clients are closed, one line a second, SIGTERM ends it', async () => {
    const { before, after, said } = await observed('with a worker');
    expect([before, after]).toEqual(['x', ['', '', '']]);
    expect((said as string[])[0]).toBe('fork: ERR_FORK_WITH_WORKERS (1 worker_thread is running)');
    const times = (said as string[]).map((line) => Number(/, (\d+) times$/.exec(line)?.[1] ?? 1));
    expect(times.reduce((sum, of) => sum + of)).toBe(3); // what is not told at once is told at the end
  });

  test('a hook that throws: that client is closed, the next is served', async () => {
    const said = ['fork: RangeError (not now)'];
    expect(await facts(PROGRAM, 'a hook that throws')).toEqual({ result: ['x', '', 'x'], said });
  });
});

describe('code of the program', () => {
  test('reload, log and hooks run programs and wait for them: they have the mask of the program', async () => {
    expect(await facts(PROGRAM, 'programs of the program')).toEqual({
      ran: { reload: 'reload\n', log: 'log\n', hook: 'hook\n' },
      ...{ result: ['x', 'x'], mask: [] },
    });
  });

  test('lines that are told at once need no more room than their bytes, and are counted where there is none', async () => {
    expect(await reports(PROGRAM, 'lines at once')).toEqual([[0, 1000], 3]);
  });

  test('a log that throws: what it was not told is counted, and its error is said', async () => {
    const { stdout, stderr } = await runProgram(PROGRAM, ['log throws']);
    expect(JSON.parse(stdout)).toEqual({ result: ['x', 'x', 'x'], lost: ['3 lines lost'] });
    expect(stderr).toMatch(/^\[\d+\] log: Error: as I like it\n {4}at (?:.*\n {4}.*)*\n$/); // once
  });
});

describe('a child', () => {
  const connection = 'close-on-exec blocks';

  testWhere(onLinux, 'no /proc')(
    'leaves after its own listeners only; signals do what they do in a program that has just started',
    async () => {
      const signals = 'HUP:default TERM:default USR1:default USR2:default PIPE:ignored';
      const said = `${signals} ${connection}`;
      expect(await facts(PROGRAM, 'a child')).toEqual({ said, own: true, pidfile: true, listeners: 1 });
    },
  );

  testWhere(onLinux, 'no /proc')("signals: 'inherit': as they are in the program", async () => {
    const signals = 'HUP:default TERM:caught USR1:caught USR2:caught PIPE:caught';
    expect((await observed('a child', 'inherit'))['said']).toBe(`${signals} ${connection}`);
  });

  test('a program that it starts and that stays has not the connection: the client sees the end', async () => {
    expect(await facts(PROGRAM, 'a program that stays')).toBe('started');
  });
});

test('standard input that is closed: no listener and no client gets its number', async () => {
  expect(await facts(PROGRAM, 'closed descriptors')).toEqual({ result: 'x', stdin: true });
});

test('SIGUSR1, SIGPIPE, SIGTTOU and SIGXFSZ are nothing to it while it runs', async () => {
  expect(await facts(PROGRAM, 'ignored')).toEqual({
    ...{ result: ['x', 'x'], errors: [], before: 'object', after: 'object' },
  });
});
