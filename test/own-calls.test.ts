import { reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'a call of Linux');
const asRoot = testWhere(process.getuid?.() === 0, 'needs root');

onLinux('pidfd: readable when the process has ended, a target for signals, and for waitid', async () => {
  expect(await reports('own-calls', 'pidfds')).toEqual([
    [0],
    0,
    [true],
    [true, true, 'SIGKILL'],
    ['ESRCH', 0, 'ESRCH', 'ESRCH'],
  ]);
});

onLinux('memfd_create: a file in memory, closed on exec if so wanted', async () => {
  expect(await reports('own-calls', 'memfds')).toEqual([{ text: 'kept', flags: [0, 1], named: true }]);
});

onLinux('signalfd: blocked signals are read, each with what it carries', async () => {
  expect(await reports('own-calls', 'signalfds')).toEqual([
    'EAGAIN',
    [
      ['SIGUSR1', false, true, 0, 42],
      ['SIGCHLD', true, true, 9, 0],
    ],
    ['exited 9', true, 0, 'EINVAL'],
  ]);
});

onLinux('prctl PR_SET_CHILD_SUBREAPER: orphans become children of this process; procctl is ENOSYS', async () => {
  expect(await reports('own-calls', 'subreaper')).toEqual([
    [0, 0, 1],
    'exited 0',
    'exited 3',
    [0, 0, 'EINVAL', 'ENOSYS'],
  ]);
});

onLinux('prctl PR_SET_PDEATHSIG: the child gets the signal when its parent ends', async () => {
  expect(await reports('own-calls', 'parentDeath')).toEqual([
    { is: 'SIGTERM' },
    'killed by SIGKILL',
    'killed by SIGTERM',
  ]);
});

test('users and groups are those that Node tells; -1 leaves an ID as it is', async () => {
  const [users, groups, [saved, expected] = [], unchanged] = (await reports('own-calls', 'credentials')) as unknown[][];
  expect([users, groups, saved, unchanged]).toEqual([[true, true, true], [true, true], expected, [0, 0, 0, 0, 0]]);
});

asRoot('setgroups, setgid and setuid of root give its rights up, for good', async () => {
  const nobody = { real: 65534, effective: 65534, saved: 65534 };
  expect(await reports('own-calls', 'dropped')).toEqual([
    [0, [1, 2], 0, 0, 0, 65534, 0],
    [0, [65534, 65534, 65534, 65534, nobody, nobody, [1, 2]], 'EPERM', 'EPERM', 'EPERM'],
    'EPERM',
    'exited 0',
    [0, 0],
  ]);
});
