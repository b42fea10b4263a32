import { reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

test('execv, execvp and fexecve become another program, with the environment of process.env or their own', async () => {
  expect(await reports('execs', 'exec')).toEqual([
    ['sh of process.env\n', 'exited 3'],
    ['zero\n', 'exited 0'],
    ['this\n', 'exited 0'],
    [-1, 'ENOENT', 'EINVAL'],
    'EACCES',
    'ENOEXEC',
  ]);
});

test('posix_spawn and posix_spawnp start one at once, with other descriptors; a failure is an errno, and no child', async () => {
  expect(await reports('execs', 'spawn')).toEqual([
    ['b\n', 'exited 4'],
    ['found\n', 'exited 0'],
    [true, 'to a file\n'],
    ['ENOENT', 'ENOENT'],
    'EBADF',
  ]);
});

onLinux('posix_spawn: a process group, a mask and default actions for the child, which has no handler', async () => {
  expect(await reports('execs', 'attributes')).toEqual([
    [true, false],
    'killed by SIGKILL',
    { ignoresSIGPIPE: true, blocksSIGTERM: false, catches: false },
    { ignoresSIGPIPE: false, blocksSIGTERM: true, catches: false },
  ]);
});
