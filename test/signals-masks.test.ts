import { facts } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'reads masks in /proc/self/status');

describe.each(['sigsuspend', 'ppoll', 'pselect'])('%s', (wait) => {
  test('its handler lets through what the mask of the call blocks: that handler runs before the call returns', async () => {
    expect(await facts('masks', 'letThrough', wait, 'open')).toEqual({
      ...{
        result: 'EINTR',
        log: ['USR2 ends', 'USR1 over SIGUSR1,SIGUSR2'],
        after: ['SIGUSR2'],
        pending: [],
        waits: true,
      },
    });
  });

  test('the same where the program blocks it as well: it is blocked again afterwards, and nothing is pending', async () => {
    expect(await facts('masks', 'letThrough', wait, 'blocks')).toEqual({
      ...{ result: 'EINTR', log: ['USR2 ends', 'USR1 over SIGUSR1,SIGUSR2'] },
      ...{ after: ['SIGUSR1', 'SIGUSR2'], pending: [], waits: true },
    });
  });

  test('lets in two signals at once: the handler of both runs', async () => {
    expect(await facts('masks', 'two', wait, 'open')).toEqual({
      ...{ result: 'EINTR', log: ['USR1', 'USR2'], after: ['SIGUSR1', 'SIGUSR2'], pending: [] },
    });
  });

  test('the second is in the mask of the handler of the first: it stays pending, as the call has ended by then', async () => {
    expect(await facts('masks', 'two', wait, 'masked')).toEqual({
      ...{ result: 'EINTR', log: ['USR1'], after: ['SIGUSR1', 'SIGUSR2'], pending: ['SIGUSR2'] },
    });
  });

  test('in the handler that such a call let in: each has its own mask, and the outer one is as before', async () => {
    expect(await facts('masks', 'nested', wait)).toEqual({
      log: [
        ...['USR1 in', 'USR2 in', 'ALRM over SIGUSR1,SIGUSR2,SIGALRM', 'USR2 out over SIGUSR1,SIGUSR2'],
        ...['EINTR', 'USR1 out over SIGUSR1,SIGUSR2', 'EINTR'],
      ],
      after: ['SIGUSR1', 'SIGUSR2'],
      pending: [],
    });
  });

  test('SA_RESETHAND: the handler runs once and is gone', async () => {
    expect(await facts('masks', 'flags', wait, 'SA_RESETHAND')).toEqual({
      ...{ result: 'EINTR', runs: 1, isDefault: true, after: ['SIGUSR1'], pending: [] },
    });
  });

  test('SA_NODEFER: what the handler sends itself is handled before the call returns', async () => {
    expect(await facts('masks', 'flags', wait, 'SA_NODEFER')).toEqual({
      ...{ result: 'EINTR', runs: 3, isDefault: false, after: ['SIGUSR1'], pending: [] },
    });
  });
});

test('ppoll and pselect that find something ready: the mask afterwards is that of before', async () => {
  expect(await facts('masks', 'ready')).toEqual({ ready: 1, selected: 1, runs: 1, after: [] });
});

onLinux('a program that posix_spawn starts under an interval timer has the mask of this one, 100 times', async () => {
  expect(await facts('masks', 'spawned', '100')).toEqual({ seen: ['SIGUSR2'], ticked: true });
});

onLinux('execv in a handler: what its mask blocks and has come is pending in the new program', async () => {
  expect(await facts('masks', 'executed')).toEqual({
    ...{ status: 'exited 0', blocked: ['SIGUSR1', 'SIGUSR2'], pending: ['SIGUSR2'] },
  });
});
