import { createInterface } from 'node:readline';
import { Argument, type Command } from 'commander';
import { createSpinner } from 'nanospinner';
import picocolors from 'picocolors';
import { EXPERIMENTS, type ExperimentName } from '../experiments';
import type { Experiment } from '../experiments/experiment';
import { perform } from '../experiments/perform';
import type { Recording } from '../observe/recording';
import { command } from './command';
import { recordingText } from './recording-table';

interface ExperimentOptions {
  readonly predict: boolean;
  readonly json: boolean;
}

const NAMES = Object.keys(EXPERIMENTS) as ExperimentName[];

const pc = picocolors.createColors(process.stdout.isTTY === true && picocolors.isColorSupported);

function list(): string {
  const width = Math.max(...NAMES.map((name) => name.length));
  return NAMES.map((name) => `  ${name.padEnd(width)}  ${EXPERIMENTS[name].question}`).join('\n');
}

/** A choice, counted from 0; undefined at the end of file. */
async function ask({ question, choices }: Experiment): Promise<number | undefined> {
  process.stdout.write(`${pc.bold(question)}\n`);
  for (const [index, choice] of choices.entries()) process.stdout.write(`  ${index + 1}. ${choice}\n`);
  const lines = createInterface({ input: process.stdin });
  const prompt = `What do you predict? 1 to ${choices.length}: `;
  process.stdout.write(prompt);
  for await (const line of lines) {
    const choice = Number(line.trim());
    if (Number.isInteger(choice) && choice >= 1 && choice <= choices.length) {
      lines.close();
      return choice - 1;
    }
    process.stdout.write(prompt);
  }
  return undefined;
}

/** What came of the prediction: the answer holds only where all was as expected. */
function judgement(experiment: Experiment, recording: Recording, predicted: number): string {
  const right = experiment.answer[process.platform];
  if (right === undefined || !recording.rows.every(({ asExpected }) => asExpected)) {
    return 'This system did not do what was expected of it: see for yourself which prediction holds.';
  }
  const [mine, truth] = [experiment.choices[predicted], experiment.choices[right]];
  return predicted === right ? `You predicted it: ${truth}.` : `You predicted: ${mine}. It is: ${truth}.`;
}

async function observe(name: ExperimentName): Promise<Recording> {
  if (process.stderr.isTTY !== true) return perform(name, () => {});
  const spinner = createSpinner('', { stream: process.stderr });
  try {
    return await perform(name, (setUp) => spinner.start(`${name}: ${setUp}`));
  } finally {
    spinner.clear().stop();
  }
}

async function experiment(name: ExperimentName | 'all' | undefined, options: ExperimentOptions): Promise<void> {
  if (name === undefined) {
    process.stdout.write(`Experiments; "realfork experiment NAME" runs one, "all" all of them:\n\n${list()}\n`);
    return;
  }
  const recordings: Recording[] = [];
  for (const one of name === 'all' ? NAMES : [name]) {
    const predicted = options.predict ? await ask(EXPERIMENTS[one]) : undefined;
    const recording = await observe(one);
    recordings.push(recording);
    if (options.json) continue;
    process.stdout.write(`${recordings.length > 1 ? '\n' : ''}${recordingText(recording)}\n`);
    if (predicted !== undefined) process.stdout.write(`${judgement(EXPERIMENTS[one], recording, predicted)}\n`);
  }
  if (options.json) {
    const results = recordings.map(({ runs: _runs, ...result }) => result);
    process.stdout.write(`${JSON.stringify(name === 'all' ? results : results[0], null, 2)}\n`);
  }
  const isAsExpected = recordings.every(({ rows }) => rows.every(({ asExpected }) => asExpected));
  process.exitCode = isAsExpected ? 0 : 1;
}

/** `realfork experiment`: predict, run, see. */
export function experimentCommand(): Command {
  return command('experiment')
    .description('Ask a question of the kernel: predict, run it on real processes, see')
    .addArgument(
      new Argument('[name]', 'the experiment, or all; without one they are listed').choices([...NAMES, 'all']),
    )
    .option('--predict', 'ask for a prediction before it is run', false)
    .option('--json', 'print what was observed as JSON', false)
    .action(experiment);
}
