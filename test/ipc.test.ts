import { reports, reportsOf, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'semtimedop, or /proc');

onLinux('System V semaphores: all operations or none, waiting, SEM_UNDO, and the end of the set', async () => {
  expect(await reports('ipc', 'semaphores')).toEqual([
    [0, 3, 0],
    'EAGAIN',
    { allOrNone: 3 },
    'EAGAIN',
    ['waiting', 1],
    ['child', 0],
    ['exited 0', true],
    { undone: 0 },
    0,
    ['EINVAL', 'EINVAL', 'EINVAL'],
  ]);
});

test('System V message queues: by type, in order, waiting; E2BIG for what does not fit, unless MSG_NOERROR', async () => {
  expect(await reports('ipc', 'queues')).toEqual([
    [0, 0, 0, 'EINVAL'],
    [[1, 'one'], [2, ''], [3, 'three'], 'ENOMSG'],
    ['E2BIG', [7, 'too l']],
    [[1, 'hello'], 'exited 0'],
    0,
    ['EINVAL', 'EINVAL'],
  ]);
});

describe('mmap', () => {
  test('of shared memory: three processes count in one word with Atomics; private memory is a copy', async () => {
    expect(await reports('ipc', 'counting')).toEqual([
      [['exited 0', 'exited 0'], 600_000, 4096, 0],
      [0, 0, 0, 'EINVAL'],
    ]);
  });

  test('of shared memory: parent and child take turns by it alone', async () => {
    expect(await reports('ipc', 'turns')).toEqual([['exited 0', 200]]);
  });

  test('of a file: what is written is in the file; the errors of the kernel', async () => {
    expect(await reports('ipc', 'files')).toEqual(['aaabaa', ['EBADF', 'EINVAL', 'ENOMEM']]);
  });

  onLinux('gives memory back that nobody has any more', async () => {
    const run = await runProgram('ipc', ['collected'], { nodeOptions: ['--expose-gc'] });
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(reportsOf(run)).toEqual([{ during: true, after: true }]);
  });
});
