import type { LabResult, TestResult } from './check';
import type { Line } from './lab';

/**
 * results.json as Gradescope reads it: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format". Of
 * what it may hold, what a grader has to say.
 */
export interface GradescopeResults {
  readonly score: number;
  /** Seconds. */
  readonly execution_time: number;
  readonly output: string;
  readonly output_format: 'text';
  readonly test_output_format: 'text';
  readonly test_name_format: 'text';
  readonly visibility: 'visible';
  readonly stdout_visibility: 'hidden';
  readonly tests: readonly GradescopeTest[];
}

export interface GradescopeTest {
  readonly number: string;
  readonly name: string;
  readonly score: number;
  readonly max_score: number;
  readonly status: 'passed' | 'failed';
  readonly output: string;
}

function lineOf({ verdict, expected, seen, see }: Line): string {
  return [
    `${verdict.padEnd(8)}${expected}`,
    ...(seen === undefined ? [] : [`        seen: ${seen}`]),
    ...(see === undefined ? [] : [`        read: ${see}`]),
  ].join('\n');
}

/** Where points have gone to, or have come from, in the words of whoever reads them. */
function remarks({ notApplicable, moved = 0 }: TestResult): string[] {
  if (notApplicable !== undefined) return [`not applicable. ${notApplicable} Its points are given to other tests.`];
  return moved === 0 ? [] : [`points of tests that are not applicable, among these: ${moved}`];
}

function testOf(result: TestResult, index: number): GradescopeTest {
  const { name, what, points, earned, lines } = result;
  return {
    number: String(index + 1),
    name: `${name}: ${what}`,
    score: earned,
    max_score: points,
    status: earned === points ? 'passed' : 'failed',
    output: [...remarks(result), ...lines.map(lineOf)].join('\n'),
  };
}

export function gradescopeResults({ lab, title, tests, earned, points }: LabResult): GradescopeResults {
  return {
    score: earned,
    execution_time: Math.round(tests.reduce((total, { seconds }) => total + seconds, 0)),
    output: `Lab ${lab}, ${title}: ${earned} of ${points} points. The same at home: realfork lab check ${lab.slice(0, 2)}`,
    output_format: 'text',
    test_output_format: 'text',
    test_name_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    tests: tests.map(testOf),
  };
}
