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

test('open makes files that umask takes from; the offset is shared with children; ESPIPE for what has none', async () => {
  expect(await reports('files', 'files')).toEqual([
    [true, 0o027],
    ['640', true],
    [10, 7, 3],
    { sharedOffset: 4 },
    ['EEXIST', 'ENOENT'],
    ['ESPIPE', 'EINVAL'],
  ]);
});

test("chdir and fchdir change Node's own idea of the working directory too, and a child's is its own", async () => {
  expect(await reports('files', 'directories')).toEqual([
    [0, '/', 0, true],
    ['ENOENT', 'ENOTDIR', 'EBADF'],
    [0, '/'],
    true,
  ]);
});

test('a FIFO: open waits for the other end; ENXIO for a writer that does not wait', async () => {
  expect(await reports('files', 'fifos')).toEqual([[0, 'EEXIST', 'ENXIO'], 'opened', 'exited 0']);
});

test('flock: shared or exclusive, of the description, which children share', async () => {
  expect(await reports('files', 'flocks')).toEqual([
    [0, 0, 0, 0],
    [0, 'EAGAIN'],
    ['the child shares it', 0, 0],
    ['and gave it up for both', 0],
    ['EINVAL', 'EBADF'],
  ]);
});
