import { createInterface } from 'node:readline';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { Progress } from '../bench/progress';
import { didYouMean } from '../did-you-mean';
import { EXPERIMENTS, type ExperimentName } from '../experiments';
import type { Experiment } from '../experiments/experiment';
import { perform } from '../experiments/perform';
import type { Recording } from '../observe/recording';
import { REALFORK } from './called-as';
import { pc } from './colors';
import { command } from './command';
import { outputFile, said } from './output-file';
import { recordingText } from './recording-table';
import { type ReportOptions, report } from './report';

interface ExperimentOptions extends ReportOptions {
  readonly predict: boolean;
  readonly record?: string;
}

const NAMES = Object.keys(EXPERIMENTS) as ExperimentName[];

function list(): string {
  const width = Math.max(...NAMES.map((name) => name.length));
  return NAMES.map((name) => `  ${name.padEnd(width)}  ${EXPERIMENTS[name].question}`).join('\n');
}

/** Lines of standard input, whichever experiments ask for them. */
type Answers = AsyncIterator<string>;

/** A choice, counted from 0; undefined at the end of file. */
async function ask({ question, choices }: Experiment, answers: Answers): Promise<number | undefined> {
  process.stdout.write(`${pc.bold(question)}\n`);
  for (const [index, choice] of choices.entries()) process.stdout.write(`  ${index + 1}. ${choice}\n`);
  for (;;) {
    process.stdout.write(`What do you predict? 1 to ${choices.length}: `);
    const { value, done } = await answers.next();
    if (done === true) return undefined;
    const choice = Number(value.trim());
    if (Number.isInteger(choice) && choice >= 1 && choice <= choices.length) return choice - 1;
  }
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
  const progress = new Progress();
  try {
    return await perform(name, (setUp) => progress.show(`${name}: ${setUp}`));
  } finally {
    progress.end();
  }
}

/** What is asked for beside the tables, which have been printed. */
function keep(recordings: readonly Recording[], { record, json, ...files }: ExperimentOptions): void {
  if (record !== undefined) {
    const { writeRecording } = require('../observe/recording-file') as typeof import('../observe/recording-file');
    writeRecording(record, recordings);
    said(record, `"${REALFORK} report ${record}" shows it again`);
  }
  if (files.html !== undefined || files.trace !== undefined) report(recordings, { ...files, json: false });
  if (json) {
    const results = recordings.map(({ runs: _runs, ...result }) => result);
    process.stdout.write(`${JSON.stringify(recordings.length > 1 ? results : results[0], null, 2)}\n`);
  }
}

async function experiment(name: ExperimentName | 'all' | undefined, options: ExperimentOptions): Promise<void> {
  if (name === undefined) {
    process.stdout.write(`Experiments; "${REALFORK} experiment NAME" runs one, "all" all of them:\n\n${list()}\n`);
    return;
  }
  const input = options.predict ? createInterface({ input: process.stdin }) : undefined;
  const answers = input?.[Symbol.asyncIterator]();
  const recordings: Recording[] = [];
  try {
    for (const one of name === 'all' ? NAMES : [name]) {
      const predicted = answers === undefined ? undefined : await ask(EXPERIMENTS[one], answers);
      const recording = await observe(one);
      recordings.push(recording);
      if (options.json) continue;
      process.stdout.write(`${recordings.length > 1 ? '\n' : ''}${recordingText(recording)}`);
      if (predicted !== undefined) process.stdout.write(`${judgement(EXPERIMENTS[one], recording, predicted)}\n`);
    }
  } finally {
    input?.close(); // or standard input keeps the process alive
  }
  keep(recordings, options);
  const isAsExpected = recordings.every(({ rows }) => rows.every(({ asExpected }) => asExpected));
  process.exitCode = isAsExpected ? 0 : 1;
}

function experimentName(text: string): ExperimentName | 'all' {
  const all = [...NAMES, 'all'] as const;
  const found = all.find((name) => name === text);
  if (found !== undefined) return found;
  const lists = `"${REALFORK} experiment" lists them.`;
  throw new InvalidArgumentError(`There is no experiment ${text}.${didYouMean(text, all)} ${lists}`);
}

/** `realfork experiment`: predict, run, see. */
export function experimentCommand(): Command {
  return command('experiment')
    .description('Ask a question of the kernel: predict, run it on real processes, see')
    .addArgument(
      new Argument('[name]', 'the experiment, or all; without one they are listed').argParser(experimentName),
    )
    .option('--predict', 'ask for a prediction before it is run', false)
    .option('--json', 'print what was observed as JSON', false)
    .option('--html <file>', 'write a page with the timelines, which needs nothing but itself', outputFile('page.html'))
    .option('--trace <file>', 'write trace events, which ui.perfetto.dev opens', outputFile('trace.json'))
    .option('--record <file>', 'keep all events, for `realfork report FILE`', outputFile('record.json'))
    .action(experiment);
}
