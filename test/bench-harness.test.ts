import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Measurement, single } from '../bench/harness/benchmark';
import type { Report } from '../bench/harness/results';
import { run } from '../bench/harness/run';
import { ownDirectory } from './support/own-directory';
import { runCommand } from './support/run-program';
import { testWhere } from './support/systems';

/** Gives one value each round. */
const giving = <Given>(...values: readonly Given[]) => {
  const left = values.values();
  return (): Promise<Given> => {
    const { done, value } = left.next();
    return done === true ? Promise.reject(new Error('no more rounds')) : Promise.resolve(value);
  };
};

const MEASUREMENT = single({
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
});

const TIMES = single({
  ...{ id: 'times', title: 'times', unit: 'µs', better: 'less' },
  rows: [
    { id: 'c', name: 'C', measure: giving(10, 10, 10) },
    { id: 'realfork', name: 'realfork', measure: giving(8, 5, 2) },
  ],
  remark: (medians) => `together ${[...medians.values()].reduce((sum, value) => sum + value, 0)}`,
});

/** One of two figures is given by the first round only. */
const BOTH: Measurement = {
  id: 'servers',
  rows: [
    {
      id: 'c',
      name: 'C',
      measure: giving({ 'conn/s': 1000, µs: 100 }, { 'conn/s': 3000, µs: 300 }, { 'conn/s': 2000 }),
    },
    { id: 'realfork', name: 'realfork', measure: () => Promise.resolve({ 'conn/s': 1000, µs: 250 }) },
  ],
  tables: [
    { title: 'servers', unit: 'conn/s', better: 'more', goals: [{ of: 'realfork', beside: 'c', atLeast: 0.6 }] },
    {
      ...{ title: 'servers, time', unit: 'µs', quantity: 'processor time', better: 'less' },
      goals: [{ of: 'realfork', beside: 'c', atLeast: 0.6 }],
    },
  ],
};

const directory = ownDirectory();

/** Runs it in this process. @returns what it says */
async function said(measurements: readonly Measurement[], json: string): Promise<string> {
  let text = '';
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    text += String(piece);
    return true;
  });
  try {
    await run(measurements, 3, { json });
  } finally {
    spy.mockRestore();
  }
  return text;
}

test('medians, ratios by what is good, goals, remarks; what is missing is named', async () => {
  const json = join(directory.path, 'report.json');
  const text = await said([MEASUREMENT, TIMES], json);
  expect(text).toMatch(/^C +2,000 +1,000 – 4,000 +0\.50 ×$/m);
  expect(text).toMatch(/^Perl +skipped +no perl/m);
  expect(text).toMatch(/^realfork +5 +2 – 8 +1\.00 ×$/m);
  expect(text).toContain('goal: realfork at least 0.6 × as good as C: 0.50: MISSED\n');
  expect(text).toContain('goal: realfork at least 1 × as good as Perl: not measured\n');
  expect(text).toContain('together 15\n');
  const { rounds, measurements } = JSON.parse(readFileSync(json, 'utf8')) as Report;
  expect(rounds).toBe(3);
  expect(measurements.map(({ id, rows }) => [id, ...rows.map(({ median, ours }) => [median, ours[0]])])).toEqual([
    ['speed', [2000, 0.5], [null, null], [1000, 1]],
    ['times', [10, 2], [5, 1]],
  ]);
});

test('two tables of the same rounds: a goal is told in what it is meant', async () => {
  const json = join(directory.path, 'both.json');
  const text = await said([BOTH], json);
  expect(text).toContain('goal: realfork at least 0.6 × as good as C: 0.50: MISSED\n');
  expect(text).toContain('goal: realfork at least 0.6 × as good as C, in processor time: 0.80: met\n');
  const { measurements } = JSON.parse(readFileSync(json, 'utf8')) as Report;
  expect(measurements.map(({ id, unit, rows }) => [id, unit, ...rows.map(({ rounds }) => rounds)])).toEqual([
    ['servers', 'conn/s', [1000, 3000, 2000], [1000, 1000, 1000]],
    ['servers', 'µs', [100, 300], [250, 250, 250]],
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
