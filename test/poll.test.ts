import { facts, reports } from './support/run-program';

test('poll tells of each descriptor in its place; what it gives can be asked again', async () => {
  expect(await reports('multiplexing', 'poll')).toEqual([
    ['', ''],
    ['POLLOUT', '', '', 'POLLOUT'],
    ['POLLIN|POLLOUT', 'POLLIN', '', 'POLLOUT'],
    [true, true, true, true],
    ['POLLIN|POLLOUT|POLLHUP', 'POLLNVAL', '', 'POLLOUT|POLLERR'],
    [[], []],
  ]);
});

test.each(['poll', 'ppoll', 'select', 'pselect'])('%s waits until there is something', async (call) => {
  expect(await facts('multiplexing', 'wakes', call)).toEqual(['POLLIN']);
});

test('select tells which descriptors of each set are ready; EBADF for one that is closed', async () => {
  expect(await reports('multiplexing', 'select')).toEqual([
    [[], [], []],
    [[], ['mine'], []],
    [['mine'], ['mine'], []],
    [['mine', 'mine'], [], []],
    ['EBADF', [[], [], []]],
  ]);
});

describe.each(['ppoll', 'pselect'])('%s', (call) => {
  test('ends with EINTR if a signal came before it, was blocked, and is let through by its mask', async () => {
    expect(await reports('multiplexing', 'cameBefore', call)).toEqual([
      { notes: [], pending: ['SIGUSR1'] },
      { result: 'EINTR', notes: ['SIGUSR1'], pending: [], blocked: ['SIGUSR1'] },
    ]);
  });

  test('ends with EINTR if one comes while it waits, the handler having run in true signal context', async () => {
    expect(await facts('multiplexing', 'comesMeanwhile', call)).toEqual({
      result: 'EINTR',
      notes: ['SIGUSR1'],
      blocked: ['SIGUSR1'],
    });
  });

  test('in a handler, is ended by a signal that waits for that handler and that its mask lets through', async () => {
    expect(await facts('multiplexing', 'recorded', call)).toEqual([
      'both sent',
      'SIGUSR1, SIGUSR2 pending',
      'SIGUSR2',
      'EINTR, blocked SIGUSR1,SIGUSR2',
      'blocked ',
    ]);
  });

  test('in a handler, gives what is ready at once, and leaves such a signal waiting', async () => {
    expect(await facts('multiplexing', 'recorded', call, 'ready')).toEqual([
      'both sent',
      'SIGUSR1, SIGUSR2 pending',
      'ready, blocked SIGUSR1,SIGUSR2',
      'SIGUSR2',
      'blocked ',
    ]);
  });

  test('loses none of 2,000 signals, whenever they come, and none comes outside of it', async () => {
    expect(await facts('multiplexing', 'storm', call)).toEqual({ handled: 2000, interrupted: 2000 });
  });
});

describe('ppoll', () => {
  test('is not interrupted by what its mask blocks: that is handled when it has returned', async () => {
    expect(await facts('multiplexing', 'blockedMeanwhile')).toEqual({
      ppoll: ['POLLIN'],
      notes: ['SIGUSR1'],
      blocked: [],
    });
  });

  test('ends when its time is over, with the mask as it was', async () => {
    expect(await reports('multiplexing', 'timeouts')).toEqual([
      [[''], [''], ['']],
      { notes: [], blocked: ['SIGUSR1'] },
    ]);
  });
});
