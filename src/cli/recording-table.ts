import { stripVTControlCharacters } from 'node:util';
import { Help } from 'commander';
import {
  columnsOf,
  columnTitle,
  differences,
  hasExpectations,
  howKnown,
  observedOn,
  valueText,
} from '../observe/columns';
import type { Recording } from '../observe/recording';
import { pc } from './colors';
import { grid } from './grid';
import { columns } from './terminal';

/** Whatever a recording holds, a terminal is given no control characters of it. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function fitsTerminal(text: string): boolean {
  const [line = ''] = stripVTControlCharacters(text).split('\n');
  return process.stdout.isTTY === true && line.length <= columns();
}

function table(recording: Recording): string {
  const columns = columnsOf(recording);
  const isText = (key: string): boolean => recording.rows.some((row) => typeof row.observed[key] === 'string');
  const isJudged = hasExpectations(recording);
  const first = isJudged ? 'set-up' : 'process';
  const last = isJudged ? [`as expected${howKnown(recording.system)}`] : [];
  const head = [first, ...columns.map(columnTitle), ...last].map(printable);
  const aligns = ['left', ...columns.map((key) => (isText(key) ? 'left' : 'right')), 'left'] as const;
  const rows = recording.rows.map(({ setUp, observed, asExpected }) => [
    ...[setUp, ...columns.map((key) => valueText(observed[key]))].map(printable),
    ...(!isJudged ? [] : [asExpected ? pc.green('yes') : pc.bold(pc.red('NO'))]),
  ]);
  const framed = grid({ head, aligns, isFramed: true }, rows);
  return fitsTerminal(framed) ? framed : grid({ head, aligns, isFramed: false }, rows);
}

/** Lines that end between words, where a terminal would break them anywhere. */
function paragraph(text: string): string {
  const plain = printable(text);
  return Number.isFinite(columns()) ? new Help().boxWrap(plain, columns()) : plain;
}

/** A recording for a person at a terminal: the question, the table, and what came out and why. Ends with a new line. */
export function recordingText(recording: Recording): string {
  const { experiment, question, verdict, source } = recording;
  const unexpected = differences(recording);
  const lines = [
    paragraph(`${experiment}: ${question}`),
    paragraph(`${source}. Observed on ${observedOn(recording)}.`),
    '',
    ...(recording.rows.length > 0 ? [table(recording), ''] : []),
    ...verdict.map(paragraph),
    ...(unexpected.length > 0 ? ['', 'Not as expected:', ...unexpected.map(paragraph)] : []),
  ];
  return `${lines.join('\n')}\n`;
}
