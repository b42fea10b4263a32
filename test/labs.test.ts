import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { type LabResult, nameOf, pointsOf } from '#src/labs/check.js';
import { parseMount, parseOwn } from '#src/labs/containment/cgroup.js';
import { gradescopeResults } from '#src/labs/gradescope.js';
import { allLabs } from '#src/labs/index.js';
import { readEvent } from '#src/labs/student-events.js';
import { hintsOf, textsOf } from '#src/labs/texts.js';
import { CLI, realfork } from './support/cli';
import { fileOf } from './support/labs';
import { ownDirectory } from './support/own-directory';
import { runCommand } from './support/run-program';

const ROOT = join(__dirname, '..', '..');

const home = ownDirectory();
/** Of a student whose home directory is new. */
const student = (...args: string[]) =>
  realfork(['lab', ...args], { env: { XDG_STATE_HOME: join(home.path, 'state'), HOME: home.path } });

describe.each(allLabs().map((lab) => [nameOf(lab), lab] as const))('lab %s', (_name, lab) => {
  test('has its texts: a README that names its tests with their points, three hints, a starter, a solution', () => {
    const readme = readFileSync(join(textsOf(lab), 'README.md'), 'utf8');
    for (const { name, points } of lab.tests) expect(readme).toMatch(new RegExp(`\`${name}\`[^.]*?\\b${points}\\b`));
    expect(hintsOf(lab)).toHaveLength(3);
    expect(fileOf(lab, 'starter')).toBeDefined();
    expect(fileOf(lab, 'solution')).toBeDefined();
  });

  test('has 10 points, names that are its own, and a faulty version if tests are meant to fail it', () => {
    expect(pointsOf(lab)).toBe(10);
    const names = lab.tests.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const faultyFails = lab.tests.some((test) => test.faultyFails === true);
    expect(fileOf(lab, 'faulty') !== undefined).toBe(faultyFails);
    if (faultyFails)
      expect(readFileSync(fileOf(lab, 'faulty') ?? '', 'utf8').slice(0, 300)).toMatch(/DELIBERATELY FAULTY/i);
  });
});

const RESULT: LabResult = {
  ...{ lab: '02-figure-4.13', title: 'Figure 4.13', file: '/home/student/server.ts', earned: 1, points: 3 },
  tests: [
    {
      ...{ name: 'echo', what: 'a client is answered', points: 1, earned: 1, seconds: 1.25 },
      lines: [{ verdict: 'GOOD', expected: 'each line comes back' }],
    },
    {
      ...{ name: 'child-ends', what: 'the child ends', points: 2, earned: 0, seconds: 2.5 },
      lines: [
        { verdict: 'BAD', expected: 'the child ends', seen: 'it goes on', see: 'UNP 4.8' },
        { verdict: 'MISSING', expected: 'exit' },
      ],
    },
  ],
};

/** https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format": every field that is documented, and no other. */
const VISIBILITY = v.picklist(['hidden', 'after_due_date', 'after_published', 'visible']);
const FORMAT = v.picklist(['text', 'html', 'simple_format', 'md', 'ansi']);
const EXTRA = v.optional(v.record(v.string(), v.unknown()));
const GRADESCOPE = v.strictObject({
  score: v.optional(v.number()),
  execution_time: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  output: v.optional(v.string()),
  output_format: v.optional(FORMAT),
  test_output_format: v.optional(FORMAT),
  test_name_format: v.optional(FORMAT),
  visibility: v.optional(VISIBILITY),
  stdout_visibility: v.optional(VISIBILITY),
  extra_data: EXTRA,
  tests: v.optional(
    v.array(
      v.strictObject({
        score: v.optional(v.number()),
        max_score: v.optional(v.number()),
        status: v.optional(v.picklist(['passed', 'failed'])),
        name: v.optional(v.string()),
        name_format: v.optional(FORMAT),
        number: v.optional(v.string()),
        output: v.optional(v.string()),
        output_format: v.optional(FORMAT),
        tags: v.optional(v.array(v.string())),
        visibility: v.optional(VISIBILITY),
        extra_data: EXTRA,
      }),
    ),
  ),
  leaderboard: v.optional(
    v.array(
      v.strictObject({
        name: v.string(),
        value: v.union([v.string(), v.number()]),
        order: v.optional(v.picklist(['asc', 'desc'])),
      }),
    ),
  ),
});

describe("Gradescope's results", () => {
  test('hold what is documented, with the points and lines of the grader', () => {
    const results: unknown = JSON.parse(JSON.stringify(gradescopeResults(RESULT)));
    expect(v.parse(GRADESCOPE, results)).toMatchObject({
      ...{ score: 1, execution_time: 4 },
      tests: [
        { number: '1', name: 'echo: a client is answered', score: 1, max_score: 1, status: 'passed' },
        {
          ...{ number: '2', score: 0, max_score: 2, status: 'failed' },
          output: 'BAD     the child ends\n        seen: it goes on\n        read: UNP 4.8\nMISSING exit',
        },
      ],
    });
  });
});

describe('the npm package', () => {
  test('has the labs, and none of the solutions', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      ...{ cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      // Else npm keeps what it has compiled in the temporary directory, from Node 22 on.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    const [{ files = [] } = {}] = JSON.parse(listed) as { files: { path: string }[] }[];
    const paths = files.map(({ path }) => path);
    for (const lab of allLabs()) {
      expect(paths).toContain(`labs/${nameOf(lab)}/starter.ts`);
      expect(paths.filter((path) => path.includes('solution') && path.includes(lab.name))).toEqual([]);
    }
    expect(paths.filter((path) => path.startsWith('solutions'))).toEqual([]);
  });
});

describe('realfork lab', () => {
  test('check: whoever read its output has gone: no stack, and nothing is left', async () => {
    const place = join(home.path, 'place');
    await student('start', '02', place);
    const command = `"$0" "$@" lab check 02 --dir '${place}' | head -n 1`;
    const run = await runCommand('sh', ['-c', command, process.execPath, CLI], { env: { XDG_STATE_HOME: home.path } });
    expect(run).toMatchObject({ stdout: expect.stringMatching(/^Lab 02/), stderr: '' });
  });

  test('lists the ladder, and what to do next', async () => {
    const { status, stdout } = await student();
    expect(status).toBe(0);
    for (const { number, title } of allLabs())
      expect(stdout).toMatch(new RegExp(`^${number} +10 +${title.slice(0, 20)}`, 'm'));
    expect(stdout).toMatch(/^Next: realfork lab start 01$/m);
  });

  test('start: the files are copied; those that are there stay', async () => {
    const place = join(home.path, 'mine');
    await student('start', '2', place);
    writeFileSync(join(place, 'server.ts'), 'mine');
    const { stdout } = await student('start', '02', place);
    expect(stdout).toMatch(/server\.ts is there already, and stays as it is/);
    expect(readFileSync(join(place, 'server.ts'), 'utf8')).toBe('mine');
    expect(existsSync(join(place, 'hints.md'))).toBe(false);
    expect((await student()).stdout).toMatch(/^02 +10 started/m);
  });

  test('start: the links of the README lead somewhere, wherever it is', async () => {
    const place = join(home.path, 'mine');
    await student('start', '03', place);
    const readme = readFileSync(join(place, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links).toContainEqual(expect.stringMatching(/glossary\.md$/));
    expect(links.filter((link) => !existsSync(resolve(place, link)))).toEqual([]);
  });

  /** What the compiler has against the directory of a lab. */
  const typeErrors = async (place: string): Promise<string> =>
    (await runCommand(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--noEmit', '-p', place])).stdout;

  test('start: an editor knows the starter, Node and each import, and what is wrong', async () => {
    const place = join(home.path, 'mine');
    expect((await student('start', '12', place)).stdout).toContain(`${place}/tsconfig.json\n`);
    const names =
      "import 'realfork/tuned';\nexport * from 'realfork/observe';\nimport './web.ts';\nawait import('realfork');\n";
    writeFileSync(join(place, 'more.ts'), names);
    expect(await typeErrors(place)).toBe('');
    writeFileSync(join(place, 'more.ts'), "import { sockaddr_in } from 'realfork/c';\nsockaddr_in('', 0);\n");
    expect(await typeErrors(place)).toMatch(/more\.ts.*no exported member 'sockaddr_in'/);
  });

  test('start: a tsconfig.json that is there stays, and no program is run by what it says', async () => {
    const place = join(home.path, 'mine');
    mkdirSync(place);
    writeFileSync(join(place, 'tsconfig.json'), 'mine');
    expect((await student('start', '02', place)).stdout).toMatch(/tsconfig\.json is there already, and stays as it is/);
    expect(readFileSync(join(place, 'tsconfig.json'), 'utf8')).toBe('mine');
    writeFileSync(join(place, 'server.ts'), "import { accept } from 'realfork';\n\naccept(-1);\n");
    const { status, stdout } = await student('check', '02', '--filter', 'echo', '--dir', place);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/it said: \S+server\.ts:3\s+accept\(-1\);\s+\^\s+SyscallError: /),
    ]);
  });

  test('hint: each time the next one, and the last one again', async () => {
    const shown: (string | undefined)[] = [];
    for (let time = 0; time < 4; ++time) shown.push(/^Hint \d of 3/.exec((await student('hint', '02')).stdout)?.[0]);
    expect(shown).toEqual(['Hint 1 of 3', 'Hint 2 of 3', 'Hint 3 of 3', 'Hint 3 of 3']);
    expect((await student('hint', '02', '--level', '1')).stdout).toMatch(/^Hint 1 of 3/);
  });

  test.each([
    [['start', '99'], 2, /There is no lab 99/],
    [['chekc', '02'], 2, /lab has no command chekc/],
    [['check', '02', '--filter', 'nothing'], 1, /lab 02 has no test nothing, but echo, /],
    [['check', '02'], 1, /there is no server\.ts here, and no lab\.json: "realfork lab start 02" makes one/],
    [['check', '02', '--as', 'nobody-of-that-name', '--dir', '.'], 1, /there is no user nobody-of-that-name/],
  ] as const)('%j is refused with status %d, in a line', async (args, status, message) => {
    const run = await student(...args);
    expect(run).toMatchObject({ status, stdout: '' });
    expect(run.stderr).toMatch(message);
  });
});

test('the cgroup that this process is in, from what the kernel tells; of version 1 the one that counts processes', () => {
  const mounts =
    '24 30 0:22 / /sys rw - sysfs sysfs rw\n30 24 0:26 / /sys/fs/c\\040group rw,nosuid - cgroup2 cgroup2 rw\n';
  const pids = '33 24 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n';
  expect(parseMount(mounts, 'version 2')).toBe('/sys/fs/c group');
  expect(parseMount(pids, 'version 2')).toBeUndefined();
  expect(parseMount(`${mounts}${pids}`, 'pids of version 1')).toBe('/sys/fs/cgroup/pids');
  expect(parseMount(mounts, 'pids of version 1')).toBeUndefined();
  const own = '10:cpu,pids:/with/cpu\n9:cpuset:/\n0::/user.slice/session-1.scope\n';
  expect(parseOwn(own, 'version 2')).toBe('/user.slice/session-1.scope');
  expect(parseOwn(own, 'pids of version 1')).toBe('/with/cpu');
  expect(parseOwn('9:cpuset:/old\n', 'version 2')).toBeUndefined();
  expect(parseOwn('9:cpuset:/old\n', 'pids of version 1')).toBeUndefined();
});

test('events of a program that may write anything: what is none is left out', () => {
  const event = { kind: 'call', t: 1, pid: 2, call: 'fork', args: '', shown: '3', result: 3 };
  expect(readEvent(JSON.stringify(event))).toEqual(event);
  for (const line of [
    '',
    'null',
    '[]',
    '7',
    '{"kind":"call"}',
    '{"kind":"toString","t":1,"pid":2}',
    '{',
    '{"kind":7}',
  ]) {
    expect(readEvent(line)).toBeUndefined();
  }
});
