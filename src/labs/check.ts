import { type Build, built } from './build';
import type { User } from './containment/user';
import type { Lab, LabTest, Line } from './lab';
import { pointsIn, type Share } from './points';
import { LANGUAGE_NAMES, languageOf, type Submission, shownAs, whyNoFile, whyNoProgram } from './submission';
import { Trial } from './trial';

export interface TestResult {
  readonly name: string;
  readonly what: string;
  readonly points: number;
  readonly earned: number;
  readonly lines: readonly Line[];
  /** How long it took. */
  readonly seconds: number;
  /** Why a program in this language cannot have it. It has no points then: others have them. */
  readonly notApplicable?: string;
  /** How many of its points are those of tests that are not applicable. */
  readonly moved?: number;
}

export interface LabResult {
  readonly lab: string;
  readonly title: string;
  /** The file, or the command. */
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

/** What is to be said of a submission that no test can be run on. */
function whyNot(submission: Submission, build: Build | undefined): Line | undefined {
  switch (submission.kind) {
    case 'file':
      return whyNoFile(submission.file);
    case 'unusable':
      return submission.line;
    case 'command':
      return build?.next() ?? whyNoProgram(submission.run, submission.directory);
  }
}

async function runTest(
  test: LabTest,
  { points, moved }: Share,
  submission: Submission,
  build: Build | undefined,
  { user, signal, seconds: limit }: CheckOptions,
): Promise<TestResult> {
  const { name, what } = test;
  const before = performance.now();
  const none = whyNot(submission, build);
  const lines = none === undefined ? await new Trial(submission, user).performUnless(signal, test, limit) : [none];
  const passed = lines.length > 0 && lines.every(({ verdict }) => verdict === 'GOOD');
  const seconds = Math.round(performance.now() - before) / 1000;
  return { name, what, points, earned: passed ? points : 0, lines, seconds, ...(moved === 0 ? {} : { moved }) };
}

/** Builds a program, if that is to be done, and runs the tests of a lab on it, one after the other. */
export async function checkLab(lab: Lab, submission: Submission, options: CheckOptions = {}): Promise<LabResult> {
  const language = languageOf(submission);
  const shares = pointsIn(lab, language);
  const build = await built(submission, options);
  const tests: TestResult[] = [];
  for (const test of lab.tests) {
    if (!test.name.includes(options.filter ?? '')) continue;
    const { name, what, notFor } = test;
    const why = notFor?.[language];
    if (why !== undefined) {
      const notApplicable = `${LANGUAGE_NAMES[language]}: ${why}`;
      const result = { name, what, points: 0, earned: 0, lines: [], seconds: 0, notApplicable };
      tests.push(result);
      options.onResult?.(result);
      continue;
    }
    options.onBegin?.(test);
    const result = await runTest(test, shares(test), submission, build, options);
    tests.push(result);
    options.onResult?.(result);
    if (options.bail === true && result.earned < result.points) break;
  }
  return {
    lab: nameOf(lab),
    title: lab.title,
    file: shownAs(submission),
    tests,
    earned: sum(tests.map(({ earned }) => earned)),
    points: sum(tests.map(({ points }) => points)),
  };
}
