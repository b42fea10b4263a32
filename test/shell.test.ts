import { join } from 'node:path';
import { reports, runCommand } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');
const SHELL = join(__dirname, '..', 'examples', 'shell.js');
const END = [{ zombies: 0, terminalIsTheShells: true }, 'exited 0'];

describe('examples/shell.ts, in a pseudo-terminal', () => {
  onLinux('pipelines, redirections, cd, and programs that are not there', async () => {
    expect(await reports('shell', 'pipelines')).toEqual([
      'ONE TWO\n',
      '',
      '0\n',
      'a  |  b\n',
      '2\n',
      'shell: no-such-program: No such file or directory\n',
      'shell: no-such-file: No such file or directory\n',
      '',
      [false, '', '/\n', ''],
      ...END,
    ]);
  });

  onLinux('Ctrl-C ends the job in the foreground, Ctrl-Z stops it; bg and fg; no zombie', async () => {
    expect(await reports('shell', 'keys')).toEqual([
      ['', 'gone'],
      '[1] stopped by SIGTSTP: sleep 60\n',
      'stopped',
      ['[1] stopped by SIGTSTP: sleep 60\n', 'sleep 60 &\n', '[1] running: sleep 60\n'],
      ['sleep 60\n', ''],
      ...END,
    ]);
  });

  onLinux(
    'a job in the background is stopped when it reads from the terminal, and goes on in the foreground',
    async () => {
      expect(await reports('shell', 'background')).toEqual([
        [true, true],
        'cat &\nto cat\nto cat\n',
        '[1] running: sleep 60 &\n[2] running: sleep 60 &\n',
        ...END,
      ]);
    },
  );
});

test('examples/shell.ts, without a terminal, runs the lines of its input', async () => {
  const input = 'echo a | tr a b\nsleep 60 &\njobs\nexit 3\n';
  const run = await runCommand(process.execPath, [SHELL], { input });
  expect([run.status, run.stderr, run.stdout.replace(/\[1\] \d+/, '[1] PID')]).toEqual([
    ...[3, '', 'b\n[1] PID\n[1] running: sleep 60 &\n'],
  ]);
});
