import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { CLI } from './support/cli';
import { reportsOf, runCommand, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const FULL = '/dev/full';
const onFullDisk = testWhere(existsSync(FULL), `there is no ${FULL}`);

describe('standard output on a full disk: one line, status 1', () => {
  for (const args of [['--version'], ['serve', '--help'], ['experiment'], ['doctor', '--json'], ['lab']]) {
    onFullDisk(`realfork ${args.join(' ')}`, async () => {
      const full = openSync(FULL, 'w');
      const run = spawnSync(process.execPath, [CLI, ...args], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
      closeSync(full);
      expect([run.status, run.signal]).toEqual([1, null]);
      expect(run.stderr).toMatch(/^realfork: standard output: ENOSPC.*\n$/);
    });
  }
});

test('standard output whose reader has gone: not a word, and the status of SIGPIPE', async () => {
  const piped = ['-c', '{ "$@"; echo "status $?" >&2; } | true', 'sh', process.execPath, CLI, 'doctor'];
  expect(await runCommand('sh', piped)).toMatchObject({ stdout: '', stderr: 'status 141\n' });
});

// Node would abort, as it cannot give back a terminal that is not there any more.
test.each([['eintr'], ['experiment', 'zombies'], ['watch']])(
  'a terminal that hangs up ends realfork %s by SIGHUP, and all that it has started',
  async (...args) => {
    const run = await runProgram('terminal-hangs-up', args);
    expect([run.stderr, run.status, reportsOf(run)]).toEqual(['', 0, ['killed by SIGHUP']]);
  },
);
