import type { Command } from 'commander';
import type { ComparedProcess, ComparedStep, Step } from '../observe/compare';
import type { RecordedRun } from '../observe/recording';
import { printable } from '../printable';
import { pc } from './colors';
import { command } from './command';
import { wholeNumber } from './options';
import { columns } from './terminal';

interface CompareOptions {
  readonly run: number;
  readonly all: boolean;
  readonly json: boolean;
}

function runOf(file: string, nth: number): RecordedRun {
  const { readRecording } = require('../observe/recording-file') as typeof import('../observe/recording-file');
  const runs = readRecording(file).flatMap((recording) => recording.runs);
  const run = runs[nth - 1];
  if (run === undefined)
    throw new Error(
      `recording ${file} has ${runs.length === 1 ? '1 run' : `${runs.length} runs`}: --run ${nth} is none of them`,
    );
  return run;
}

/** "read ×3, close": how often each call is in one of the two alone, the most frequent first. */
function tally(steps: readonly Step[]): string {
  const counts = new Map<string, number>();
  for (const { name } of steps) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, one], [, other]) => other - one);
  return printable(sorted.map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', '));
}

function stepText(step: Step | undefined): string {
  if (step === undefined) return '';
  const outcome =
    step.outcome === '' ? '' : step.outcome === 'did not return' ? ' did not return' : ` = ${step.outcome}`;
  return printable(`${'  '.repeat(step.depth)}${step.text}${outcome}`);
}

/** Steps that one of the two alone makes, in a row, are one line, unless all are asked for. */
function* parts(steps: readonly ComparedStep[], all: boolean): Generator<ComparedStep | readonly ComparedStep[]> {
  let alone: ComparedStep[] = [];
  for (const step of steps) {
    const isAlone = step.a === undefined || step.b === undefined;
    if (isAlone && !all) {
      alone.push(step);
      continue;
    }
    if (alone.length > 0) yield alone;
    alone = [];
    yield step;
  }
  if (alone.length > 0) yield alone;
}

/** Of a column, where nobody has sized the terminal. */
const WIDTH = 60;

function fitted(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}

function ofOne(steps: readonly ComparedStep[], which: 'a' | 'b'): Step[] {
  const other = which === 'a' ? 'b' : 'a';
  return steps.flatMap((step) => (step[other] === undefined ? (step[which] ?? []) : []));
}

function processText({ a, b, steps, isCut }: ComparedProcess, all: boolean): string {
  const width = Math.min(WIDTH, Math.floor((columns() - 3) / 2));
  const names = [a, b].map((name) => printable(name ?? 'no such process'));
  const lines = [pc.bold([...new Set(names)].join(' | '))];
  for (const part of parts(steps, all)) {
    if ('isOtherwise' in part) {
      const line = `${fitted(stepText(part.a), width)} | ${stepText(part.b)}`.trimEnd();
      lines.push(part.isOtherwise ? pc.red(`${line}   ← otherwise`) : line);
      continue;
    }
    for (const which of ['a', 'b'] as const) {
      const alone = ofOne(part, which);
      if (alone.length > 0) lines.push(pc.dim(`  … only ${which.toUpperCase()}: ${tally(alone)}`));
    }
  }
  const otherwise = steps.filter(({ isOtherwise }) => isOtherwise).length;
  const both = steps.filter((step) => step.a !== undefined && step.b !== undefined).length;
  const alone = (['a', 'b'] as const).map((which) => `${ofOne(steps, which).length} only in ${which.toUpperCase()}`);
  lines.push(
    `${both} in both, ${otherwise} of them otherwise; ${alone.join(', ')}${isCut ? '; only the first were compared' : ''}`,
  );
  return `${lines.join('\n')}\n`;
}

function compare(fileA: string, fileB: string, { run, all, json }: CompareOptions): void {
  const { compareRuns } = require('../observe/compare') as typeof import('../observe/compare');
  const [a, b] = [runOf(fileA, run), runOf(fileB, run)];
  const processes = compareRuns(a, b);
  if (json) {
    process.stdout.write(`${JSON.stringify({ a: a.title, b: b.title, processes }, null, 2)}\n`);
    return;
  }
  const head = `A: ${printable(a.title)}\nB: ${printable(b.title)}\n\n`;
  process.stdout.write(head + processes.map((one) => processText(one, all)).join('\n'));
}

/** `realfork compare`: two recordings side by side. */
export function compareCommand(): Command {
  return command('compare')
    .description('Two recordings side by side: the calls of each process, and where one fails and the other goes on')
    .argument('<a>', 'what `realfork trace --record FILE` or `realfork experiment --record FILE` wrote')
    .argument('<b>', 'another')
    .option('--run <number>', 'which run of each, counted from 1', wholeNumber(1, 1000), 1)
    .option('--all', 'each call that only one of them makes, and not how many', false)
    .option('--json', 'print the comparison as JSON', false)
    .action(compare);
}
