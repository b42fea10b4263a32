import type { LabResult, TestResult } from '../../labs/check';
import type { Line } from '../../labs/lab';
import { printable } from '../../printable';
import { pc } from '../colors';

/** A result for people, and for logs. */

const PAINT = { GOOD: pc.green, BAD: pc.red, MISSING: pc.yellow } as const;

/** Under the first word of the line before. */
const INDENT = ' '.repeat(14);

/** A line of the program's words could hold anything: it stays below the line that it belongs to. */
const indented = (text: string): string => text.split('\n').map(printable).join(`\n${INDENT}          `);

export function lineText({ verdict, expected, seen, see }: Line): string {
  const first = `    ${PAINT[verdict](verdict.padEnd(8))}`;
  if (verdict === 'GOOD') return `${first}${expected}`;
  const more = [
    ...(seen === undefined ? [] : [`seen:     ${indented(seen)}`]),
    ...(see === undefined ? [] : [`read:     ${see}`]),
  ];
  return [`${first}  expected: ${expected}`, ...more.map((text) => `${INDENT}${text}`)].join('\n');
}

/** "(1 of them is of a test that is not applicable)". */
function movedText(moved: number): string {
  if (moved === 0) return '';
  return ` (${moved === 1 ? '1 point is' : `${moved} points are`} of tests that are not applicable)`;
}

export function testText(
  { name, what, points, earned, lines, notApplicable, moved = 0 }: TestResult,
  isVerbose: boolean,
): string {
  if (notApplicable !== undefined) return `${'-'.padStart(5)}  ${pc.bold(name)}: not applicable. ${notApplicable}`;
  const score = `${earned}/${points}`.padStart(5);
  const head = `${earned === points ? pc.green(score) : pc.red(score)}  ${pc.bold(name)}: ${what}${movedText(moved)}`;
  const shown = isVerbose ? lines : lines.filter(({ verdict }) => verdict !== 'GOOD');
  return [head, ...shown.map(lineText)].join('\n');
}

export function totalText({ earned, points, lab }: LabResult): string {
  const total = `${earned} of ${points} points`;
  if (earned === points) return pc.green(`Lab ${lab}: ${total}. All of it.`);
  return `Lab ${lab}: ${pc.bold(total)}.`;
}
