import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement } from '../bench/harness/benchmark';
import type { Report } from '../bench/harness/results';
import { run } from '../bench/harness/run';
import { ownDirectory } from './support/own-directory';
import { runCommand } from './support/run-program';
import { testWhere } from './support/systems';

/** Gives one value each round. */
const giving = (...values: readonly number[]) => {
  const left = [...values];
  return () => Promise.resolve(left.shift() ?? Number.NaN);
};

const MEASUREMENT: Measurement = {
  ...{ id: 'speed', title: 'speed <of all>', unit: 'conn/s', better: 'more' },
  rows: [
    { id: 'c', name: 'C', measure: giving(4000, 1000, 2000) },
    { id: 'perl', name: 'Perl', skipped: 'no perl' },
    { id: 'realfork', name: 'realfork', measure: giving(1500, 500, 1000) },
  ],
  goals: [
    { of: 'realfork', beside: 'c', atLeast: 0.6 },
    { of: 'realfork', beside: 'perl', atLeast: 1 },
  ],
};

const TIMES: Measurement = {
  ...{ id: 'times', title: 'times', unit: 'µs', better: 'less' },
  rows: [
    { id: 'c', name: 'C', measure: giving(10, 10, 10) },
    { id: 'realfork', name: 'realfork', measure: giving(8, 5, 2) },
  ],
  remark: (medians) => `together ${[...medians.values()].reduce((sum, value) => sum + value, 0)}`,
};

const directory = ownDirectory();

test('medians, ratios by what is good, goals, remarks; what is missing is named', async () => {
  const json = join(directory.path, 'report.json');
  let said = '';
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  try {
    await run([MEASUREMENT, TIMES], 3, { json });
  } finally {
    spy.mockRestore();
  }
  expect(said).toMatch(/^C +2,000 +1,000 – 4,000 +0\.50 ×$/m);
  expect(said).toMatch(/^Perl +skipped +no perl/m);
  expect(said).toMatch(/^realfork +5 +2 – 8 +1\.00 ×$/m);
  expect(said).toContain('goal: realfork at least 0.6 × as good as C: 0.50: MISSED\n');
  expect(said).toContain('goal: realfork at least 1 × as good as Perl: not measured\n');
  expect(said).toContain('together 15\n');
  const { rounds, measurements } = JSON.parse(readFileSync(json, 'utf8')) as Report;
  expect(rounds).toBe(3);
  expect(measurements.map(({ id, rows }) => [id, ...rows.map(({ median, ours }) => [median, ours[0]])])).toEqual([
    ['speed', [2000, 0.5], [null, null], [1000, 1]],
    ['times', [10, 2], [5, 1]],
  ]);
});

const onLinux = testWhere(process.platform === 'linux', 'memory is read from /proc');

onLinux('npm run bench -- memory: a table, JSON, and a chart that is a picture by itself', async () => {
  const [json, svg] = ['json', 'svg'].map((kind) => join(directory.path, `report.${kind}`)) as [string, string];
  const args = [join(__dirname, '..', 'bench', 'main.js'), 'memory', '--rounds', '1', '--json', json, '--svg', svg];
  const ended = await runCommand(process.execPath, args);
  expect([ended.status, ended.stderr]).toEqual([0, '']);
  const { measurements } = JSON.parse(readFileSync(json, 'utf8')) as Report;
  const [{ rows } = { rows: [] }] = measurements;
  expect(rows.find(({ id }) => id === 'realfork')?.median).toBeGreaterThan(100);
  const picture = readFileSync(svg, 'utf8');
  expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [\s\S]*<\/svg>\n$/);
  for (const { name } of rows) {
    expect(ended.stdout).toContain(name);
    expect(picture).toContain(`>${name}</text>`);
  }
});
