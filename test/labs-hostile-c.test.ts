import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { CLI } from './support/cli';
import { findings, grade, gradeEcho, mayBecomeNobody } from './support/hostile';
import { ownDirectory } from './support/own-directory';
import { runCommand } from './support/run-program';
import { describeWithStraceAndCc, testWhere } from './support/systems';

/** The same as labs-hostile.test.ts, of programs in C: they reach what a program in JavaScript does not. */

const ROOT = join(__dirname, '..', '..');
const submission = ownDirectory();

/** The grader gives a program more time on a busy machine. Milliseconds. */
jest.setTimeout(300_000);

function handIn(name: string): void {
  const shared = join(ROOT, 'labs', 'c');
  const source = join(ROOT, 'test', 'programs', 'hostile', 'c', `${name}.c`);
  const args = ['-std=gnu11', '-pthread', '-I', shared, '-o', join(submission.path, 'server'), source];
  execFileSync('cc', [...args, join(shared, 'unp.c')]);
  chmodSync(submission.path, 0o755);
}

/** As process 1 of a PID namespace of its own: what kills all that it may, kills nobody outside. */
const IN_NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const mayUnshare = (): boolean => spawnSync('unshare', [...IN_NAMESPACE, 'true']).status === 0;

describeWithStraceAndCc()('what the grader does with a program in C:', () => {
  const told: readonly (readonly [string, number, RegExp])[] = [
    ['fork-bomb', 30, /^BAD a program with few processes: \d+ of them at once$/m],
    ['vfork-bomb', 30, /^BAD a program with few processes: \d+ of them at once$/m],
    ['thread-bomb', 3, /^BAD the program listens on a TCP socket: time-out/m],
    [
      'ptrace-warden',
      20,
      /^BAD a program that signals processes of its own: the process that watches it, its parent, was stopped$/m,
    ],
    ['ptrace-grader', 20, /^BAD a program that lets the grader be: process \d+, of the program, traces it$/m],
    [
      'stopped-parent',
      20,
      /^BAD a program that signals processes of its own: the process that watches it, its parent, was stopped$/m,
    ],
    [
      'survivor',
      20,
      /^BAD a program that signals processes of its own: the process that watches it, its parent, has ended: SIGKILL$/m,
    ],
    [
      'stolen-socket',
      20,
      /^BAD .*: the process that watches it, its parent, has ended: it has written what no warden writes$/m,
    ],
    ['cgroup-escape', 20, /^BAD a program that leaves no daemon: \d+: a session of its own$/m],
  ];

  test.each(told)('%s', async (name, seconds, finding) => {
    handIn(name);
    expect(findings(await gradeEcho(submission.path, seconds, ['--', './server'])).join('\n')).toMatch(finding);
  });

  test('killed-tracer: a program that is traced, and has not its tracer any more', async () => {
    handIn('killed-tracer');
    const run = await grade(submission.path, '04', ['--filter', 'retry-lives', '--', './server']);
    expect(findings(run).join('\n')).toMatch(
      /^BAD a program that signals processes of its own: strace, which tells its calls, has ended before it$/m,
    );
  });

  testWhere(mayBecomeNobody(), 'this user may run nothing as another, or that one may not read this checkout')(
    'set-user-id: another user stays one, also where its calls are traced',
    async () => {
      handIn('set-user-id');
      const run = await gradeEcho(submission.path, 20, ['--as', 'nobody', '--', './server']);
      expect(JSON.parse(run.stdout)).toMatchObject({ earned: 1 });
      const traced = ['--filter', 'accept-time-limit', '--as', 'nobody', '--time-limit', '5', '--', './server'];
      const { stdout } = await grade(submission.path, '05', traced);
      expect(JSON.parse(stdout)).toMatchObject({ earned: 0 });
      expect(existsSync(join(submission.path, 'copy'))).toBe(false);
    },
  );

  describe('kill-all, in a PID namespace', () => {
    const inNamespace = testWhere(mayUnshare(), 'this user may make no PID namespace');
    /** Its shell is process 1, whom nobody inside may kill. */
    const check = (...args: readonly string[]) => {
      const words = [process.execPath, CLI, 'lab', 'check', '02', '--filter', 'echo', '--json', '--time-limit', '10'];
      // Where all are killed nobody is left to remove their directories.
      const script = ': REALFORK_TEST_NAMESPACE; "$@"; echo "grader: $?"; rm -rf "$TMPDIR"/realfork-lab-*';
      const all = [...words, '--dir', submission.path, ...args, '--', './server'];
      return runCommand('unshare', [...IN_NAMESPACE, 'sh', '-c', script, 'sh', ...all], {
        env: { XDG_STATE_HOME: submission.path },
      });
    };

    inNamespace('as the same user: the grader is among them, and there is no result', async () => {
      handIn('kill-all');
      const { stdout } = await check();
      expect(stdout).toBe('grader: 137\n');
    });

    testWhere(mayUnshare() && mayBecomeNobody(), 'this user may make no PID namespace, or may run nothing as another')(
      'as another user: the grader is not, and the program is graded like any other',
      async () => {
        handIn('kill-all');
        const { stdout } = await check('--as', 'nobody');
        expect(stdout).toMatch(/"earned": 1,[\s\S]*grader: 0\n$/);
      },
    );
  });
});
