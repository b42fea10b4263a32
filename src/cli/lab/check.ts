import type { Command } from 'commander';
import { Progress } from '../../bench/progress';
import { type CheckOptions, checkLab, type LabResult } from '../../labs/check';
import { findUser } from '../../labs/containment/user';
import type { Lab } from '../../labs/lab';
import { noteResult } from '../../labs/progress';
import { type Submission, shownAs } from '../../labs/submission';
import { writeWhole } from '../../labs/write-file';
import { command } from '../command';
import { wholeNumber } from '../options';
import { outputFile } from '../output-file';
import { untilInterrupted } from './interrupt';
import { labArgument, submissionOf } from './options';
import { testText, totalText } from './result-text';

interface Options {
  readonly filter?: string;
  readonly dir?: string;
  readonly gradescope?: string;
  readonly as?: string;
  readonly timeLimit?: number;
  readonly bail: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Checks a program, and prints each result as it comes. */
export async function checkAndPrint(
  lab: Lab,
  submission: Submission,
  { isVerbose, ...options }: CheckOptions & { readonly isVerbose: boolean },
): Promise<LabResult> {
  const progress = new Progress();
  process.stdout.write(`Lab ${lab.number}, ${lab.title}: ${shownAs(submission)}\n\n`);
  const result = await checkLab(lab, submission, {
    ...options,
    onBegin: ({ name }) => progress.show(name),
    onResult: (test) => {
      progress.end();
      process.stdout.write(`${testText(test, isVerbose)}\n`);
    },
  }).finally(() => progress.end());
  process.stdout.write(`\n${totalText(result)}\n`);
  return result;
}

function requireTest({ number, tests }: Lab, filter: string): void {
  if (tests.some(({ name }) => name.includes(filter))) return;
  throw new Error(`lab ${number} has no test ${filter}, but ${tests.map(({ name }) => name).join(', ')}`);
}

async function check(
  lab: Lab,
  words: readonly string[],
  { filter = '', dir, gradescope, as, timeLimit, bail, json, verbose }: Options,
): Promise<void> {
  requireTest(lab, filter);
  const submission = submissionOf(lab, dir, words);
  const limits = {
    bail,
    ...(as === undefined ? {} : { user: findUser(as) }),
    ...(timeLimit === undefined ? {} : { seconds: timeLimit }),
  };
  const result = await untilInterrupted((signal) =>
    json
      ? checkLab(lab, submission, { filter, signal, ...limits })
      : checkAndPrint(lab, submission, { filter, signal, ...limits, isVerbose: verbose }),
  );
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if (gradescope !== undefined) {
    const { gradescopeResults } = require('../../labs/gradescope') as typeof import('../../labs/gradescope');
    writeWhole(gradescope, `${JSON.stringify(gradescopeResults(result), null, 2)}\n`);
  }
  if (filter === '' && !bail) noteResult(lab.number, result);
  process.exitCode = result.earned === result.points ? 0 : 1;
}

/** `realfork lab check`: the grader, the same for the student and the teacher. */
export function checkCommand(): Command {
  return command('check')
    .description('Run the tests of a lab on your program; ends with 0 if all points are earned, otherwise with 1')
    .addArgument(labArgument())
    .argument('[command...]', 'behind --, in place of a file: a program in any language, and its first arguments')
    .option('--filter <text>', 'only the tests whose name has this in it')
    .option('--dir <dir>', 'where your file or lab.json is; if not said, here, or where the lab was started')
    .option('--bail', 'end with the first test that fails', false)
    .option('--json', 'print the result as JSON', false)
    .option('-v, --verbose', 'print also what was as expected', false)
    .option('--gradescope <file>', 'write the result as Gradescope reads it (results.json)', outputFile('results.json'))
    .option('--time-limit <seconds>', 'what each test may take, in place of what it says', wholeNumber(1, 3600))
    .option('--as <user>', 'run the program as this user: for root, who grades programs of others')
    .action(check);
}
