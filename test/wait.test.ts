import { facts, reports } from './support/run-program';

describe('the status of a child', () => {
  test('that exits is its low eight bits, for every status from 0 to 255', async () => {
    expect(await facts('waits', 'exitStatuses')).toEqual({
      wrong: [],
      beyond: [{ exited: 0 }, { exited: 1 }, { exited: 255 }],
    });
  });

  test('that a signal killed names the signal, and no exit status', async () => {
    const names = [
      ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGUSR2', 'SIGALRM', 'SIGTERM'],
      ...['SIGVTALRM', 'SIGPROF', 'SIGSYS', 'SIGXCPU'],
    ];
    expect(await reports('waits', 'killed')).toEqual(names.map((killed) => ({ killed, core: false })));
  });

  test('that stops, goes on, and is killed: WUNTRACED and WCONTINUED tell each', async () => {
    expect(await reports('waits', 'stoppedAndContinued')).toEqual([
      { stopped: 'SIGSTOP' },
      { continued: true },
      { killed: 'SIGKILL', core: false },
    ]);
  });
});

test('waitpid: WNOHANG gives pid 0; a group; ECHILD when there is no such child; EINVAL for unknown options', async () => {
  expect(await reports('waits', 'which')).toEqual([
    { nohang: { pid: 0, status: 0 } },
    { group: true },
    { ownGroup: true },
    { wait: { exited: 3 }, none: ['ECHILD', 'ECHILD'] },
    { otherGroup: 'ECHILD', options: 'EINVAL' },
    { name: 'SyscallError', code: 'ECHILD', message: expect.stringMatching(/^waitpid\(-1, 0\): ECHILD, No child/) },
  ]);
});

describe('execve', () => {
  test.each(['here', 'in a child'])('%s: the program has the argv and the envp that it is given', async (where) => {
    expect(await facts('waits', 'execve', where)).toEqual(['zero', 'one', '1', 'two words', '']);
  });

  test("without envp: this process's environment", async () => {
    expect(await facts('waits', 'execve', "with this process's environment")).toBe('from process.env');
  });

  test('with an object: names and values, without those that are undefined', async () => {
    expect(await facts('waits', 'execve', 'with an environment of names')).toBe('1 ');
  });

  test('fails with ENOENT, EACCES and ENOTDIR, and the program goes on', async () => {
    expect(await reports('waits', 'execve', 'failing')).toEqual([
      ['ENOENT', 'EACCES', 'ENOTDIR'],
      { name: 'SyscallError', code: 'ENOENT', message: expect.stringContaining('"/does/not/exist"') },
    ]);
  });

  test('keeps the descriptors that pipe made', async () => {
    expect(await reports('waits', 'execveDescriptors')).toEqual([{ status: 'exited 0' }, 'inherited']);
  });

  test('is the same process as before', async () => {
    expect(await facts('waits', 'execve', 'same process')).toEqual({ samePid: true });
  });
});

test('alarm: gives what was left, is not inherited by a child, interrupts sigsuspend and pause, and kills by default', async () => {
  expect(await reports('waits', 'alarm')).toEqual([
    { inherited: 0 },
    { first: 0, left: true },
    { sigsuspend: 'EINTR', runs: 1, afterwards: 0 },
    { pause: 'EINTR' },
    'killed by SIGALRM',
  ]);
});

test('nanosleep tells what was left when a handler cut it short, and only then', async () => {
  expect(await facts('waits', 'sleeps')).toEqual({
    complete: 0,
    untouched: { tv_sec: -1, tv_nsec: -1 },
    interrupted: 'EINTR',
    sleep: 0,
    left: true,
  });
});

describe('kill', () => {
  test('and raise to this process: the handler has run when they return', async () => {
    expect(await facts('waits', 'handledOnReturn')).toEqual(['handler', 'kill', 'handler', 'raise']);
  });

  test('of a process that lives, is a zombie, is gone, or belongs to another user; of what is no signal', async () => {
    expect(await reports('waits', 'kill')).toEqual([
      { exists: 'done' },
      { zombie: 'done' },
      { reaped: 'ESRCH', noSignal: 'EINVAL' },
      { raise: 'EINVAL' },
      { others: 'EPERM' },
    ]);
  });

  test('of process 0 reaches the whole group, the sender too', async () => {
    expect(await facts('waits', 'killGroup')).toEqual({
      children: ['killed by SIGTERM', 'killed by SIGTERM'],
      runs: 1,
    });
  });
});

test('sigsuspend delivers what is pending under its own mask, then puts the old one back', async () => {
  expect(await facts('waits', 'sigsuspend')).toEqual([
    'pending: SIGUSR1',
    'handler, blocked: SIGUSR1,SIGUSR2,SIGTERM',
    'sigsuspend: EINTR',
    'blocked: SIGUSR1,SIGUSR2',
  ]);
});

describe('limits', () => {
  test('RLIMIT_NOFILE: dup fails with EMFILE; infinity is Infinity; EINVAL and EPERM where the kernel refuses', async () => {
    expect(await reports('waits', 'limits')).toEqual([
      { nofile: 'EMFILE' },
      { same: true },
      [5000, true],
      ['EINVAL', 'EINVAL', 'EINVAL'],
      { raised: 'EPERM' },
    ]);
  });

  test('RLIMIT_FSIZE: a write past it is cut short, the next one fails with EFBIG', async () => {
    expect(await facts('waits', 'fileSize')).toEqual([4, 'EFBIG']);
  });
});

describe('waitid', () => {
  test('tells of stops, continuations and ends, by process, group or all; with WNOHANG of nothing', async () => {
    expect(await reports('waitids', 'states')).toEqual([
      ['CLD_STOPPED', 'SIGSTOP'],
      'nothing',
      ['CLD_CONTINUED', 'SIGCONT'],
      ['CLD_STOPPED', 'SIGSTOP'],
      ['CLD_STOPPED', 'SIGSTOP'],
      ['CLD_KILLED', 'SIGKILL'],
      ['CLD_KILLED', 'SIGKILL'],
      'ECHILD',
    ]);
  });

  test('with WNOWAIT leaves the child to be waited for; EINVAL for what makes no sense', async () => {
    expect(await reports('waitids', 'left')).toEqual([
      ['CLD_EXITED', 3],
      ['CLD_EXITED', 3],
      ['exited 3', 'ECHILD'],
      ['EINVAL', 'EINVAL', 'EINVAL'],
    ]);
  });
});

test('wait3 and wait4 tell what the child has used, as getrusage does of all', async () => {
  expect(await reports('waitids', 'usage')).toEqual([
    [0, 0, 0],
    [true, 'exited 0', true, true],
    true,
    [true, 'exited 1', true],
    true,
    [-1, 'EINVAL'],
    [-1, -1, 'ECHILD', -1],
  ]);
});
