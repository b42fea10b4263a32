import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { type Run, runCommand } from './support/run-program';
import { testWith } from './support/systems';

/** The archive for Gradescope, and what its run_autograder makes of a submission. */

const ROOT = join(__dirname, '..', '..');
const PROGRAMS = join(ROOT, 'test', 'programs', 'hostile');

const place = ownDirectory();
jest.setTimeout(300_000);

async function archive(...options: readonly string[]): Promise<Readonly<Record<string, Uint8Array>>> {
  const output = join(place.path, 'autograder.zip');
  const run = await realfork(['lab', 'package', '02', '--output', output, ...options]);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return unzipSync(readFileSync(output), { filter: ({ name }) => !name.includes('/dist/') });
}

test('has the two scripts of Gradescope, this package and what it needs, and no solutions', async () => {
  const entries = Object.keys(await archive());
  expect(entries).toEqual(expect.arrayContaining(['setup.sh', 'run_autograder', 'lab.sh']));
  for (const needed of ['binding.gyp', 'labs/02-figure-4.13/starter.ts', 'node_modules/commander/package.json']) {
    expect(entries).toContain(`realfork/${needed}`);
  }
  expect(entries.filter((name) => name.includes('solutions/'))).toEqual([]);
  expect(entries.filter((name) => name.includes('@types/'))).toEqual([]);
});

describe('run_autograder', () => {
  /** As Gradescope has it: source, submission and results. The package is this checkout, which has its addon. */
  async function autograde(
    submission: string | undefined,
    language = 'typescript',
  ): Promise<{ run: Run; results: unknown }> {
    const entries = await archive('--language', language);
    for (const name of ['source', 'submission', 'results']) mkdirSync(join(place.path, name));
    for (const name of ['lab.sh', 'run_autograder']) {
      writeFileSync(join(place.path, 'source', name), entries[name] ?? '', { mode: 0o755 });
    }
    symlinkSync(ROOT, join(place.path, 'source', 'realfork'));
    if (submission !== undefined) {
      copyFileSync(submission, join(place.path, 'submission', `server${extname(submission)}`));
    }
    const run = await runCommand(join(place.path, 'source', 'run_autograder'), [], {
      env: { AUTOGRADER: place.path, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
      patience: 250_000,
    });
    const results: unknown = JSON.parse(readFileSync(join(place.path, 'results', 'results.json'), 'utf8'));
    return { run, results };
  }

  test('gives a solution its points', async () => {
    const { run, results } = await autograde(join(ROOT, 'solutions', '02-figure-4.13.ts'));
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(results).toMatchObject({ score: 10, tests: expect.any(Array) });
  });

  testWith('cc')('in C: gives a solution its points, built by what the lab has for that', async () => {
    const { run, results } = await autograde(join(ROOT, 'solutions', 'c', '02-figure-4.13.c'), 'c');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(results).toMatchObject({ score: 10, tests: expect.any(Array) });
  });

  testWith('cc')('in C: nothing that is handed in has no points, and not those of the starter', async () => {
    const { results } = await autograde(undefined, 'c');
    expect(results).toMatchObject({ score: 0 });
    expect(JSON.stringify(results)).toMatch(/BAD {5}it is built: make/);
  });

  test('gives a program that kills the grader none', async () => {
    const { run, results } = await autograde(join(PROGRAMS, 'killed-grader.ts'));
    expect(run.status).toBe(0);
    expect(results).toEqual({ score: 0, output: expect.stringMatching(/^The grader was ended/) });
  });
});
