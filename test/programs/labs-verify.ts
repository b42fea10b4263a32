/**
 * `npm run labs:verify`: every starter fails, every solution passes, every faulty version fails the tests that it is meant
 * to fail, and no more; each time with the same points.
 *
 * Options: --times N (1), --lab NN (all), --jobs N at a time (2)
 */
import { parseArgs } from 'node:util';
import type { LabResult } from '#src/labs/check.js';
import type { Lab } from '#src/labs/lab.js';
import { checkFile, complaints, fileOf, labsToVerify, objection, VERSIONS, type Version } from '../support/labs';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '1' },
    lab: { type: 'string' },
    jobs: { type: 'string', default: '2' },
  },
});

interface Job {
  readonly lab: Lab;
  readonly version: Version;
  readonly file: string;
}

const pointsOf = ({ tests }: LabResult): string => tests.map(({ earned }) => earned).join('+');

/** @returns the objections */
async function verify({ lab, version, file }: Job, times: number): Promise<string[]> {
  const objections: string[] = [];
  const points = new Set<string>();
  const seconds: number[] = [];
  for (let time = 0; time < times; ++time) {
    const before = performance.now();
    const result = await checkFile(lab, file);
    seconds.push((performance.now() - before) / 1000);
    points.add(pointsOf(result));
    const wrong = objection(lab, version, result);
    if (wrong !== undefined) objections.push(wrong, ...complaints(result));
  }
  if (points.size > 1) objections.push(`not the same points each time: ${[...points].join('; ')}`);
  const took = `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)} s`;
  const verdict = objections.length === 0 ? 'as it should' : 'NOT AS IT SHOULD';
  const head = `${lab.number} ${version.padEnd(9)} ${[...points].join('; ').padEnd(16)} ${took}  ${verdict}`;
  process.stdout.write(`${[head, ...objections.map((text) => `    ${text}`)].join('\n')}\n`);
  return objections;
}

async function main(): Promise<void> {
  const jobs: Job[] = labsToVerify(values.lab).flatMap((lab) =>
    VERSIONS.flatMap((version) => {
      const file = fileOf(lab, version);
      return file === undefined ? [] : [{ lab, version, file }];
    }),
  );
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
