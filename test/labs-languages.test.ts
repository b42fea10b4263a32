import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LabResult } from '#src/labs/check.js';
import { gradescopeResults } from '#src/labs/gradescope.js';
import { allLabs, findLab } from '#src/labs/index.js';
import { isThereIn, readmeIn, textsIn } from '#src/labs/languages.js';
import { pointsIn } from '#src/labs/points.js';
import { commandSubmission, LANGUAGES, languageOf } from '#src/labs/submission.js';
import { hintsOf } from '#src/labs/texts.js';
import { realfork } from './support/cli';
import { checkFile, fileOf } from './support/labs';
import { ownDirectory } from './support/own-directory';
import { describeWithStraceAndCc, testWhere } from './support/systems';
import { interpreted } from './support/traced-programs';

/** The front door of the labs for programs in other languages than TypeScript. */

const home = ownDirectory();
const env = (): Record<string, string> => ({ XDG_STATE_HOME: join(home.path, 'state'), HOME: home.path });
const student = (...args: string[]) => realfork(['lab', ...args], { env: env() });

/** What a check in --json said. */
async function graded(...args: string[]): Promise<LabResult> {
  const { stdout, stderr } = await student('check', ...args);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as LabResult;
}

const linesOf = ({ tests }: LabResult): string[] =>
  tests.flatMap(({ lines }) => lines.map(({ verdict, expected, seen = '' }) => `${verdict} ${expected}: ${seen}`));

describe('what a lab has in a language', () => {
  const there = LANGUAGES.flatMap((language) =>
    allLabs().flatMap((lab) => (isThereIn(lab, language) ? [[lab.number, language, lab] as const] : [])),
  );

  test.each(there)(
    'lab %s in %s: a starter, three hints, a solution, and a faulty version as the lab has it',
    (_number, language, lab) => {
      expect(hintsOf(lab, language)).toHaveLength(3);
      expect(fileOf(lab, 'solution', language)).toBeDefined();
      const faulty = fileOf(lab, 'faulty', language);
      expect(faulty !== undefined).toBe(fileOf(lab, 'faulty') !== undefined);
      if (faulty !== undefined) expect(readFileSync(faulty, 'utf8').slice(0, 300)).toMatch(/DELIBERATELY FAULTY/);
    },
  );

  test.each(there.filter(([, language]) => language !== 'typescript'))(
    'lab %s in %s: the README names files and processes as they are in it',
    (_number, language, lab) => {
      const readme = readmeIn(language, readFileSync(join(textsIn(lab, 'typescript'), 'README.md'), 'utf8'));
      expect(readme).not.toMatch(/\.ts\b|realfork run|pgrep [^)|]*\.c\b/);
    },
  );

  test.each(there)('lab %s in %s: 10 points, also where tests are not applicable', (_number, language, lab) => {
    const shares = pointsIn(lab, language);
    expect(lab.tests.reduce((sum, one) => sum + shares(one).points, 0)).toBe(10);
  });
});

describe('lab start --language', () => {
  test('c: the README speaks of C, its links hold, and hints are those for C', async () => {
    const place = join(home.path, 'mine');
    const { status, stdout } = await student('start', '04', '--language', 'c', place);
    expect(status).toBe(0);
    for (const name of ['README.md', 'eintr.c', 'faulty.c', 'unp.h', 'unp.c', 'Makefile', 'lab.json']) {
      expect(stdout).toContain(`${place}/${name}\n`);
    }
    const readme = readFileSync(join(place, 'README.md'), 'utf8');
    expect(readme).toMatch(/^\.\/eintr 9877 retry/m);
    expect(readme).not.toMatch(/\.ts\b|realfork run/);
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(resolve(place, link)))).toEqual([]);
    expect(JSON.parse(readFileSync(join(place, 'lab.json'), 'utf8'))).toEqual({ build: 'make', run: ['./eintr'] });
    expect((await student('hint', '04', '--level', '3')).stdout).toContain('.sa_flags = strcmp(cure, "restart")');
  });

  test.each([
    [['start', '14', '--language', 'c'], /lab 14 is there in TypeScript, and not in C\. .* lab check 14 -- COMMAND$/m],
    [['start', '04', '--language', 'cobol'], /'cobol' is invalid\. Allowed choices are typescript, c, python/],
  ] as const)('%j is refused, and writes nothing', async (args, message) => {
    const place = join(home.path, 'mine');
    const run = await student(...args, place);
    expect(run).toMatchObject({ status: expect.any(Number), stdout: '', stderr: expect.stringMatching(message) });
    expect(existsSync(place)).toBe(false);
  });

  test('typescript, where the directory is of another language: it is refused', async () => {
    const place = join(home.path, 'mine');
    await student('start', '02', '-l', 'c', place);
    expect((await student('start', '02', place)).stderr).toMatch(/lab\.json names a program in another language/);
  });
});

describe('lab.json', () => {
  const lab = (text: string, ...more: string[]) => {
    writeFileSync(join(home.path, 'lab.json'), text);
    return graded('02', '--json', '--filter', 'echo', '--dir', home.path, ...more);
  };

  test.each([
    ['{', /^BAD .*: configuration .*lab\.json: .*JSON/],
    ['[]', /^BAD .*: configuration .*lab\.json: an array/],
    ['{ "run": "./server" }', /^BAD .*: configuration .*lab\.json: run: /],
    ['{ "run": [] }', /^BAD .*: configuration .*lab\.json: run/],
    ['{ "run": [""] }', /^BAD .*: configuration .*lab\.json: run\.0: it is empty/],
    ['{ "run": ["./server"], "biuld": "make" }', /^BAD .*: configuration .*lab\.json: biuld: /],
    [
      '{ "run": ["./server"], "build": 7 }',
      /^BAD .*: configuration .*lab\.json: build: a command line, or a list of words/,
    ],
    ['{ "run": ["./server"] }', /^MISSING a program .*\/server: there is no such file/],
    ['{ "run": ["./lab.json"] }', /^BAD a program .*\/lab\.json: it is not executable: chmod \+x/],
  ])('%s: no points, and a line that says why', async (text, line) => {
    const result = await lab(text);
    expect(result.earned).toBe(0);
    expect(linesOf(result)).toEqual([expect.stringMatching(line)]);
  });

  test('a link in its place is not followed', async () => {
    symlinkSync('/etc/passwd', join(home.path, 'lab.json'));
    const result = await graded('02', '--json', '--filter', 'echo', '--dir', home.path);
    expect(linesOf(result)).toEqual([`BAD a file ${join(home.path, 'lab.json')} of your own: a symbolic link`]);
  });

  test('what is said first is what the compiler said, and the other tests name that', async () => {
    mkdirSync(join(home.path, 'mine'));
    home.file('mine/server.sh', '');
    writeFileSync(
      join(home.path, 'lab.json'),
      JSON.stringify({ build: 'echo "server.c:7: error: no semicolon" >&2; exit 3', run: ['./server'] }),
    );
    const [first, ...others] = linesOf(await graded('02', '--json', '--dir', home.path));
    expect(first).toBe(
      'BAD it is built: echo "server.c:7: error: no semicolon" >&2; exit 3: exit status 3\nserver.c:7: error: no semicolon',
    );
    expect(others).toHaveLength(5);
    expect(new Set(others)).toEqual(new Set(['MISSING a program: it could not be built: see the first test']));
  });

  test('a list of words is run without a shell, and only once', async () => {
    home.file('build.sh', 'echo built "$1" >> log\n');
    await lab(JSON.stringify({ build: ['sh', 'build.sh', '$HOME'], run: ['./server'] }));
    expect(readFileSync(join(home.path, 'log'), 'utf8')).toBe('built $HOME\n');
  });
});

describe('what language a program is in', () => {
  test.each([
    [['./server'], 'c'],
    [['python3', 'server.py'], 'python'],
    [['/usr/bin/python3.12', '-u', 'server'], 'python'],
    [['./server.py'], 'python'],
    [['perl', 'server.pl'], 'c'],
  ] as const)('%j: %s', (run, language) => {
    expect(languageOf(commandSubmission(run, '/'))).toBe(language);
  });
});

describe('a test that a language cannot have', () => {
  const lab = findLab('04');
  const python = interpreted('python3', 'figure-4.13.py');

  testWhere(python !== undefined, 'there is no python3')(
    'its points go to others, and all outlets say so',
    async () => {
      if (python === undefined || lab === undefined) throw new Error('skipped otherwise');
      const words = ['--', ...python];
      const result = await graded('04', '--json', '--filter', 'retry-', '--time-limit', '1', ...words);
      expect(result.tests).toMatchObject([
        { name: 'retry-lives', points: 3, moved: 1 },
        {
          name: 'retry-eintr',
          points: 0,
          earned: 0,
          lines: [],
          notApplicable: expect.stringMatching(/^Python: .*PEP 475/),
        },
        { name: 'retry-other-error', points: 2, moved: 1 },
      ]);
      const [lives, eintr] = gradescopeResults(result).tests;
      expect(lives?.output).toMatch(/^points of tests that are not applicable, among these: 1$/m);
      expect(eintr).toMatchObject({
        max_score: 0,
        status: 'passed',
        output: expect.stringMatching(/^not applicable\. Python: /),
      });
      const { stdout } = await student('check', '04', '--filter', 'retry-', '--time-limit', '1', ...words);
      expect(stdout).toMatch(/^ {4}- {2}retry-eintr: not applicable\. Python: /m);
      expect(stdout).toMatch(/^ *\d\/3 {2}retry-lives: .* \(1 point is of tests that are not applicable\)$/m);
    },
  );
});

describeWithStraceAndCc()('a program in C', () => {
  const compile = (number: string, ...more: string[]): string => {
    const [lab] = [findLab(number)];
    const source = lab === undefined ? undefined : fileOf(lab, 'solution', 'c');
    if (source === undefined) throw new Error(`lab ${number} has no solution in C`);
    const shared = resolve(source, '..', '..', '..', 'labs', 'c');
    const program = join(home.path, 'server');
    execFileSync('cc', ['-std=gnu11', '-I', shared, '-o', program, source, join(shared, 'unp.c'), ...more]);
    return program;
  };

  test('a compile error is told in the words of the compiler', async () => {
    const place = join(home.path, 'mine');
    await student('start', '02', '-l', 'c', place);
    writeFileSync(join(place, 'server.c'), '#include "unp.h"\nint main(void) { return nothing; }\n');
    const [first] = linesOf(await graded('02', '--json', '--filter', 'echo', '--dir', place));
    expect(first).toMatch(/^BAD it is built: make: exit status 2\n[\s\S]*server\.c:2:\d+: error: .nothing. undeclared/);
  });

  test('without strace: tests that need no calls are as they are, the others say how to install it', async () => {
    compile('05');
    const args = ['lab', 'check', '05', '--json', '--dir', home.path, '--filter'];
    const run = async (filter: string): Promise<LabResult> => {
      const { stdout } = await realfork([...args, filter, '--', './server'], { env: { ...env(), PATH: home.path } });
      return JSON.parse(stdout) as LabResult;
    };
    expect((await run('sigterm')).earned).toBe(2);
    expect(linesOf(await run('poll-goes-on'))).toEqual([
      expect.stringMatching(
        /^MISSING strace\(1\).*: there is no strace, which traces programs\. Install it: apt-get install strace/,
      ),
    ]);
  });

  test('calls fail by injection of strace: fork does in lab 10, and a server that gives up has no points', async () => {
    compile('02');
    const result = await graded('10', '--json', '--dir', home.path, '--filter', 'fork-fails', '--', './server');
    expect(linesOf(result)).toContainEqual(
      expect.stringMatching(/^BAD the server lives when fork fails with EAGAIN|^BAD a client receives/),
    );
  });

  test('its first arguments come before those of the grader', async () => {
    home.file('wrapper.sh', '#!/bin/sh\n[ "$1" = mine ] || exit 9\nshift\nexec "$(dirname "$0")/server" "$@"\n');
    compile('02');
    const args = ['02', '--json', '--dir', home.path, '--filter', 'echo', '--', 'sh', 'wrapper.sh', 'mine'];
    expect(await graded(...args)).toMatchObject({ file: 'sh wrapper.sh mine', earned: 1 });
  });

  test('lab.json is found where the lab was started, and progress is kept', async () => {
    const place = join(home.path, 'mine');
    await student('start', '02', '-l', 'c', place);
    const lab = findLab('02');
    copyFileSync((lab && fileOf(lab, 'solution', 'c')) ?? '', join(place, 'server.c'));
    expect(await graded('02', '--json')).toMatchObject({ earned: 10, points: 10, file: './server' });
    expect((await student()).stdout).toMatch(/^02 +10\/10 done/m);
    expect((await student('watch', '02')).stderr).toMatch(/lab watch is for a file in TypeScript/);
  });
});

test('the starter of a lab in TypeScript is checked as before, beside no lab.json', async () => {
  const lab = findLab('02');
  if (lab === undefined) throw new Error('there is no lab 02');
  expect(await checkFile(lab, fileOf(lab, 'starter') ?? '', '--filter', 'echo')).toMatchObject({ earned: 1 });
});
