/**
 * `npm run labs:verify`: every starter fails, every solution passes, every faulty version fails the tests that it is meant
 * to fail, and no more; each time with the same points. In each language, and the unusual solutions in C as well.
 *
 * Options: --times N (1), --lab NN (all), --language c (all), --jobs N at a time (2)
 */

import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { findCommand } from '#src/find-command.js';
import type { LabResult } from '#src/labs/check.js';
import type { Lab } from '#src/labs/lab.js';
import { LANGUAGES, type Language } from '#src/labs/submission.js';
import {
  checkCommand,
  checkFile,
  complaints,
  labsToVerify,
  objection,
  programsIn,
  unusualSolutions,
  type Version,
} from '../support/labs';
import { hasStraceAndCc, WANTS_STRACE_AND_CC } from '../support/systems';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '1' },
    lab: { type: 'string' },
    language: { type: 'string' },
    jobs: { type: 'string', default: '2' },
  },
});

interface Job {
  readonly lab: Lab;
  readonly version: Version;
  /** For people: "c, faulty". */
  readonly title: string;
  readonly check: () => Promise<LabResult>;
}

/** Why programs in a language cannot be graded on this machine. */
function whyNot(language: Language): string | undefined {
  switch (language) {
    case 'typescript':
      return undefined;
    case 'c':
      return hasStraceAndCc() ? undefined : WANTS_STRACE_AND_CC;
    case 'python':
      return findCommand('python3') === undefined ? 'there is no python3' : undefined;
  }
}

function jobsOf(lab: Lab, language: Language): Job[] {
  const own = programsIn(language, [lab]).map(({ version, file }): Job => {
    return { lab, version, title: `${language}, ${version}`, check: () => checkFile(lab, file) };
  });
  if (language !== 'c') return own;
  const unusual = unusualSolutions()
    .filter((one) => one.lab.number === lab.number)
    .map(({ file }): Job => {
      return { lab, version: 'solution', title: `c, ${basename(file)}`, check: () => checkCommand(lab, file) };
    });
  return [...own, ...unusual];
}

/** @throws if there is no such language */
function languages(name: string | undefined): readonly Language[] {
  if (name === undefined) return LANGUAGES;
  const found = LANGUAGES.filter((one) => one === name);
  if (found.length === 0) throw new Error(`there is no language ${name}, but ${LANGUAGES.join(', ')}`);
  return found;
}

const pointsOf = ({ tests }: LabResult): string => tests.map(({ earned }) => earned).join('+');

/** @returns the objections */
async function verify({ lab, version, title, check }: Job, times: number): Promise<string[]> {
  const objections: string[] = [];
  const points = new Set<string>();
  const seconds: number[] = [];
  for (let time = 0; time < times; ++time) {
    const before = performance.now();
    const result = await check();
    seconds.push((performance.now() - before) / 1000);
    points.add(pointsOf(result));
    const wrong = objection(lab, version, result);
    if (wrong !== undefined) objections.push(wrong, ...complaints(result));
  }
  if (points.size > 1) objections.push(`not the same points each time: ${[...points].join('; ')}`);
  const took = `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)} s`;
  const verdict = objections.length === 0 ? 'as it should' : 'NOT AS IT SHOULD';
  const head = `${lab.number} ${title.padEnd(30)} ${[...points].join('; ').padEnd(16)} ${took}  ${verdict}`;
  process.stdout.write(`${[head, ...objections.map((text) => `    ${text}`)].join('\n')}\n`);
  return objections;
}

async function main(): Promise<void> {
  const labs = labsToVerify(values.lab);
  const jobs: Job[] = languages(values.language).flatMap((language) => {
    const why = whyNot(language);
    if (why === undefined) return labs.flatMap((lab) => jobsOf(lab, language));
    process.stdout.write(`${language}: skipped, as ${why}\n`);
    return [];
  });
  const left = [...jobs];
  let wrong = 0;
  const work = async (): Promise<void> => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      if ((await verify(job, Number(values.times))).length > 0) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  process.stdout.write(
    `${jobs.length - wrong} of ${jobs.length} programs as they should be, ${values.times} times each\n`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`labs:verify: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
