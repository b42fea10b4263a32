import type { Command } from 'commander';
import { createSpinner } from 'nanospinner';
import { checkLab, type LabResult } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { noteResult } from '../../labs/progress';
import { command } from '../command';
import { fileOf, labArgument } from './options';
import { testText, totalText } from './result-text';

interface CheckOptions {
  readonly filter?: string;
  readonly dir?: string;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Checks a file, and prints each result as it comes. */
export async function checkAndPrint(
  lab: Lab,
  file: string,
  { filter, json, verbose }: CheckOptions,
): Promise<LabResult> {
  const spinner = createSpinner('', { stream: process.stderr });
  const showsProgress = process.stderr.isTTY === true;
  if (!json) process.stdout.write(`Lab ${lab.number}, ${lab.title}: ${file}\n\n`);
  const result = await checkLab(lab, file, {
    ...(filter === undefined ? {} : { filter }),
    onBegin: ({ name }) => void (showsProgress && spinner.start(name)),
    onResult: (test) => {
      if (showsProgress) spinner.clear().stop();
      if (!json) process.stdout.write(`${testText(test, verbose)}\n`);
    },
  });
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${totalText(result)}\n`);
  return result;
}

async function check(lab: Lab, options: CheckOptions): Promise<void> {
  const { filter = '' } = options;
  const names = lab.tests.map(({ name }) => name);
  if (!names.some((name) => name.includes(filter))) {
    throw new Error(`lab ${lab.number} has no test ${filter}, but ${names.join(', ')}`);
  }
  const result = await checkAndPrint(lab, fileOf(lab, options.dir), options);
  if (filter === '') noteResult(lab.number, result);
  process.exitCode = result.earned === result.points ? 0 : 1;
}

/** `realfork lab check`: the grader, the same for the student and the teacher. */
export function checkCommand(): Command {
  return command('check')
    .description('Run the tests of a lab on your program; ends with 0 if all points are earned, otherwise with 1')
    .addArgument(labArgument())
    .option('--filter <text>', 'only the tests whose name has this in it')
    .option('--dir <dir>', 'where your file is; if not said, here, or where the lab was started')
    .option('--json', 'print the result as JSON', false)
    .option('-v, --verbose', 'print also what was as expected', false)
    .action(check);
}
