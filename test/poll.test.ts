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

test.each(['poll', 'ppoll'])('%s waits until there is something', async (call) => {
  expect(await facts('multiplexing', 'wakes', call)).toEqual(['POLLIN']);
});

describe('ppoll', () => {
  test('ends with EINTR if a signal came before it, was blocked, and is let through by its mask', async () => {
    expect(await reports('multiplexing', 'cameBefore')).toEqual([
      { notes: [], pending: ['SIGUSR1'] },
      { ppoll: 'EINTR', notes: ['SIGUSR1'], pending: [], blocked: ['SIGUSR1'] },
    ]);
  });

  test('ends with EINTR if one comes while it waits, the handler having run in true signal context', async () => {
    expect(await facts('multiplexing', 'comesMeanwhile')).toEqual({
      ppoll: 'EINTR',
      notes: ['SIGUSR1'],
      blocked: ['SIGUSR1'],
    });
  });

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

  test('in a handler, is ended by a signal that waits for that handler and that its mask lets through', async () => {
    expect(await facts('multiplexing', 'recorded')).toEqual([
      'both sent',
      'SIGUSR1, SIGUSR2 pending',
      'SIGUSR2',
      'ppoll "EINTR", blocked SIGUSR1,SIGUSR2',
      'blocked ',
    ]);
  });

  test('in a handler, gives what is ready at once, and leaves such a signal waiting', async () => {
    expect(await facts('multiplexing', 'recorded', 'ready')).toEqual([
      'both sent',
      'SIGUSR1, SIGUSR2 pending',
      'ppoll ["POLLIN"], blocked SIGUSR1,SIGUSR2',
      'SIGUSR2',
      'blocked ',
    ]);
  });

  test('loses none of 2,000 signals, whenever they come, and none comes outside of it', async () => {
    expect(await facts('multiplexing', 'storm')).toEqual({ handled: 2000, interrupted: 2000 });
  });
});
