import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

/** docs/forked-child.md: the first cells of its two tables. */
function documented(heading: string): string[] {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'forked-child.md'), 'utf8');
  const [, section = ''] = text.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => cell ?? []);
  return rows.slice(1).map((cell) => cell.replaceAll('`', '').trim());
}

const SAME = documented('The same');
const DIFFERENT: Readonly<Record<string, unknown[]>> = {
  'process.pid': [{ isItsOwn: true }],
  'process.uptime() and performance.timeOrigin': [{ sameOrigin: true, later: true }],
  'Math.random()': [expect.any(Number), expect.any(Number), ['exited 0', 'exited 0']],
  'crypto.randomUUID() and randomBytes()': [expect.any(Array), expect.any(Array), expect.any(Array)],
  threads: [{ fewer: true }],
  'SIGUSR1 without a listener': [{ inspector: 'off' }],
  'CPU profiles where a profiler was running at the fork': [{ stop: 'ERR_FORK_PROFILER' }, 'exited 0'],
  "'exit' listeners of the parent": [
    { exit: 3, in: 'child' },
    { exit: 0, in: 'parent' },
  ],
};

test('every row of the documentation is a test, and every test a row', async () => {
  expect(await facts('like-fresh', 'rows')).toEqual({ same: SAME, different: documented('Different') });
  expect(Object.keys(DIFFERENT)).toEqual(documented('Different'));
});

test.each(SAME)('%s: a forked child does as a fresh process does', async (row) => {
  const [fresh, forked] = await Promise.all([
    reports('like-fresh', 'fresh', row),
    reports('like-fresh', 'forked', row),
  ]);
  expect(forked).toEqual([...fresh, 'exited 0']);
});

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

for (const [row, expected] of Object.entries(DIFFERENT)) {
  (row === 'threads' ? onLinux : test)(`${row}: as documented`, async () => {
    const observed = await reports('like-fresh', 'different', row);
    expect(observed).toEqual(expected);
    if (row === 'Math.random()') expect(observed[0]).toBe(observed[1]);
    if (row.startsWith('crypto')) expect(new Set(observed.flat()).size).toBe(6);
  });
}
