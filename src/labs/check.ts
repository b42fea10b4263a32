import { lstatSync } from 'node:fs';
import type { User } from './containment/user';
import type { Lab, LabTest, Line } from './lab';
import { Trial } from './trial';

export interface TestResult {
  readonly name: string;
  readonly what: string;
  readonly points: number;
  readonly earned: number;
  readonly lines: readonly Line[];
  /** How long it took. */
  readonly seconds: number;
}

export interface LabResult {
  readonly lab: string;
  readonly title: string;
  readonly file: string;
  readonly tests: readonly TestResult[];
  readonly earned: number;
  readonly points: number;
}

export interface CheckOptions {
  /** Tests whose name has this in it; all if it is not said. */
  readonly filter?: string;
  /** Ends with the first test that fails. */
  readonly bail?: boolean;
  /** What each test may take, in place of what it says. */
  readonly seconds?: number;
  /** Whom the program runs as: for root, who is to grade programs of others. */
  readonly user?: User;
  /** Ends it: nothing of the program is left then. Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told of each test when it begins, and of its result. */
  readonly onBegin?: (test: LabTest) => void;
  readonly onResult?: (result: TestResult) => void;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** "05-sa-restart": the name of its directory. */
export const nameOf = ({ number, name }: Pick<Lab, 'number' | 'name'>): string => `${number}-${name}`;

export const pointsOf = ({ tests }: Lab): number => sum(tests.map(({ points }) => points));

/** Why what was handed in is no file that can be run: a link could lead to somebody else's, a FIFO would be read for ever. */
function whyNoFile(file: string): Line | undefined {
  const expected = `a file ${file}`;
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return { verdict: 'MISSING', expected };
  if (stats.isFile()) return undefined;
  return {
    verdict: 'BAD',
    expected: `${expected} of your own`,
    seen: stats.isSymbolicLink() ? 'a symbolic link' : 'no regular file',
  };
}

async function runTest(
  test: LabTest,
  file: string,
  { user, signal, seconds: limit }: CheckOptions,
): Promise<TestResult> {
  const { name, what, points } = test;
  const before = performance.now();
  const none = whyNoFile(file);
  let lines: readonly Line[];
  if (none === undefined) {
    signal?.throwIfAborted();
    const trial = new Trial(file, user);
    const abort = (): void => trial.abort({ expected: 'the check is not interrupted' });
    signal?.addEventListener('abort', abort);
    await trial.perform(test, limit);
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
    lines = trial.lines;
  } else {
    lines = [none];
  }
  const passed = lines.length > 0 && lines.every(({ verdict }) => verdict === 'GOOD');
  const seconds = Math.round(performance.now() - before) / 1000;
  return { name, what, points, earned: passed ? points : 0, lines, seconds };
}

/** Runs the tests of a lab on a program, one after the other. @param file an absolute path */
export async function checkLab(lab: Lab, file: string, options: CheckOptions = {}): Promise<LabResult> {
  const tests: TestResult[] = [];
  for (const test of lab.tests) {
    if (!test.name.includes(options.filter ?? '')) continue;
    options.onBegin?.(test);
    const result = await runTest(test, file, options);
    tests.push(result);
    options.onResult?.(result);
    if (options.bail === true && result.earned < result.points) break;
  }
  return {
    lab: nameOf(lab),
    title: lab.title,
    file,
    tests,
    earned: sum(tests.map(({ earned }) => earned)),
    points: sum(tests.map(({ points }) => points)),
  };
}
