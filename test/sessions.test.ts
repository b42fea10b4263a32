import { reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

test('setpgid, getpgid, setsid and getsid; ENOTTY for what is no terminal', async () => {
  expect(await reports('sessions', 'groups')).toEqual([
    [true, true, true, true],
    [0, true, 0, true],
    ['ESRCH', 'EPERM', 'ESRCH', 'EINVAL'],
    'exited 0',
    'EPERM',
    [true, true, true, 'EPERM'],
    'exited 0',
    ['ENOTTY', 'ENOTTY'],
  ]);
});

onLinux('openpty: what one side writes the other reads', async () => {
  expect(await reports('sessions', 'pty')).toEqual([[true, true], 'out\r\n', 'in\n', 'EPERM']);
});

onLinux('forkpty: the child leads a session, Ctrl-C is SIGINT for it, and the end of the terminal SIGHUP', async () => {
  expect(await reports('sessions', 'forkpty')).toEqual(['[true,true,true] ready', 'SIGINT!', 'exited 5']);
});

onLinux('tcsetpgrp from the background stops the group by SIGTTOU, unless that is blocked', async () => {
  expect(await reports('sessions', 'background')).toEqual([
    ['stopped by SIGTTOU', 0, true],
    { tcsetpgrp: 0 },
    'exited 0',
    [0, true],
  ]);
});
