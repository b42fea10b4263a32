import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findings, gradeEcho, mayBecomeNobody } from './support/hostile';
import { ownDirectory } from './support/own-directory';
import type { Run } from './support/run-program';
import { testWhere } from './support/systems';

/**
 * What becomes of programs that are handed in to do harm: no points, and nothing of them is left. (That no file is left
 * below TMPDIR, and no process of the grader's group, is looked after in support/run-program.ts.)
 */

const PROGRAMS = join(__dirname, '..', '..', 'test', 'programs', 'hostile');

const submission = ownDirectory();

/** The grader gives a program more time on a busy machine. Milliseconds. */
jest.setTimeout(300_000);

/** One test of lab 02, which any server passes, on what lies in the directory. */
const grade = (seconds: number, ...options: readonly string[]): Promise<Run> =>
  gradeEcho(submission.path, seconds, options);

const handIn = (name: string): void => copyFileSync(join(PROGRAMS, `${name}.ts`), join(submission.path, 'server.ts'));

describe('what the grader does with', () => {
  const told: readonly (readonly [string, number, RegExp])[] = [
    ['fork-bomb', 30, /^BAD a program with few processes: \d+ of them at once$/m],
    ['infinite-loop', 3, /^BAD the program listens on a TCP socket: time-out: not within the 3 s of this test/m],
    ['closed-stdout', 3, /^BAD the program listens on a TCP socket: time-out|^MISSING .* has ended/m],
    ['killed-parent', 20, /^BAD .*: the process that watches it, its parent, has ended: SIGKILL$/m],
    ['huge-output', 30, /^BAD a program with little output: more than 1 MiB of it$/m],
    ['wrong-types', 20, /^BAD a client receives "one\\n": .*the (end of the connection|connection broke)/m],
    ['symlinked-files', 3, /^BAD the program listens on a TCP socket: time-out/m],
    ['orphaned-daemon', 20, /^BAD a program that leaves no daemon: \d+: a session of its own$/m],
    ['port-stolen', 20, /^BAD a program that stays for as long as its children work for it: killed by SIGKILL/m],
    ['signals-ignored', 3, /^BAD the program listens on a TCP socket: time-out/m],
  ];

  test.each(told)('%s', async (name, seconds, finding) => {
    handIn(name);
    mkdirSync(join(submission.path, 'precious'));
    writeFileSync(join(submission.path, 'precious', 'file'), 'dear to somebody');
    expect(findings(await grade(seconds)).join('\n')).toMatch(finding);
    expect(readdirSync(join(submission.path, 'precious'))).toEqual(['file']);
  });

  test('a link that is handed in: it is not followed', async () => {
    symlinkSync('/etc/passwd', join(submission.path, 'server.ts'));
    expect(findings(await grade(3))).toEqual([
      `BAD a file ${join(submission.path, 'server.ts')} of your own: a symbolic link`,
    ]);
  });

  test('a link in the place of the results: it is replaced', async () => {
    handIn('infinite-loop');
    const results = join(submission.path, 'results.json');
    const precious = submission.file('precious', 'dear to somebody');
    symlinkSync(precious, results);
    await grade(1, '--gradescope', results);
    expect(readFileSync(precious, 'utf8')).toBe('dear to somebody');
    expect(JSON.parse(readFileSync(results, 'utf8'))).toMatchObject({ score: 0 });
  });
});

describe('a program that kills the grader itself', () => {
  test('there are no points, and the program ends with the grader', async () => {
    handIn('killed-grader');
    const run = await grade(20);
    expect(run).toMatchObject({ status: null, signal: 'SIGKILL', stdout: '' });
  });

  testWhere(mayBecomeNobody(), 'this user may run nothing as another, or that one may not read this checkout')(
    'is not able to as another user',
    async () => {
      handIn('killed-grader');
      chmodSync(submission.path, 0o755);
      expect(findings(await grade(5, '--as', 'nobody')).join('\n')).toMatch(/^BAD the program listens.*: time-out/m);
      expect(existsSync(join(submission.path, 'left-behind'))).toBe(false);
    },
  );
});
