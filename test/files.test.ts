import { reports } from './support/run-program';

describe('fcntl', () => {
  test('tells and sets the flags of a descriptor and of its description, and copies it', async () => {
    expect(await reports('files', 'flags')).toEqual([
      [true, true],
      0,
      [-1, true, true],
      [0, 0, true],
      [100, 0, 101, true],
      ['EBADF', 'EINVAL', 'EINVAL'],
    ]);
  });

  test('locks bytes of a file: the other process is told by whom, and refused', async () => {
    expect(await reports('files', 'locks')).toEqual([
      0,
      { ofParent: true, isWrite: true, l_whence: 0, l_start: 2, l_len: 3 },
      'EAGAIN',
      0,
      true,
      'exited 0',
    ]);
  });

  test('F_SETLKW waits until the lock is free', async () => {
    expect(await reports('files', 'waits')).toEqual([['parent unlocks'], ['child', 0], 'exited 0']);
  });
});
