import { COUNTED, type Counts } from './rates';
import type { Row } from './rows';
import { SIGNAL_KEYS, selectedRow, type View } from './view';

/** The view as lines of text: plain, so that it is tested without a terminal. */

export type Tone = 'plain' | 'title' | 'selected' | 'zombie' | 'stopped' | 'faint';

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

export interface Contents {
  /** What is watched: "4711", "figure-4.13". */
  readonly title: string;
  readonly rows: readonly Row[];
  /** Of a server that was started here. */
  readonly counts?: Counts;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function summary({ title, rows }: Contents): string {
  const zombies = rows.filter(({ state }) => state === 'zombie').length;
  const sockets = new Set(rows.flatMap((row) => row.sockets)).size;
  const parts = [
    `realfork watch ${title}`,
    plural(rows.length, 'process', 'processes'),
    plural(zombies, 'zombie', 'zombies'),
    plural(sockets, 'socket', 'sockets'),
  ];
  return parts.join('  ');
}

export function countsText(counts: Counts): string {
  return COUNTED.map((thing) => `${thing} ${counts[thing].total} (${counts[thing].perSecond.toFixed(1)}/s)`).join('  ');
}

const HEADINGS = ['PID', 'STATE', 'BLOCKED IN', 'FDS', 'SOCKETS'] as const;

function cells(row: Row): string[] {
  return [
    `${'  '.repeat(Math.min(row.depth, 8))}${row.pid}`,
    row.state === 'zombie' ? 'ZOMBIE' : row.state,
    row.blockedIn,
    row.descriptors === undefined ? '?' : String(row.descriptors),
    row.sockets.join('; ') || (row.state === 'zombie' ? '' : row.name),
  ];
}

/** Columns as wide as what is in them. */
export function tableLines(rows: readonly Row[]): string[] {
  const table = [[...HEADINGS], ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function toneOf(row: Row, isSelected: boolean): Tone {
  if (isSelected) return 'selected';
  if (row.state === 'zombie') return 'zombie';
  return row.state === 'stopped' ? 'stopped' : 'plain';
}

function footer({ isAskingSignal, message, sort }: View, pid: number | undefined): string {
  if (isAskingSignal) {
    const keys = SIGNAL_KEYS.map(({ key, name }) => `${key} ${name}`);
    return `signal to ${pid}: ${keys.join('  ')}  any other key: none`;
  }
  const keys = `up/down select  enter expand  s sort (${sort})  x signal  q quit`;
  return message === '' ? keys : `${message}   ${keys}`;
}

/** The part of a list that shows the line that is wanted. */
function window(lines: readonly Line[], wanted: number, height: number): readonly Line[] {
  const first = Math.max(0, Math.min(wanted - Math.floor(height / 2), lines.length - height));
  return lines.slice(first, first + height);
}

function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}>`;
}

/** As many lines as the terminal has rows at the most; of a very small one the processes come first. */
export function screenLines(contents: Contents, view: View, { columns, rows: height }: Size): Line[] {
  const selected = selectedRow(contents.rows, view);
  const [heading = '', ...texts] = tableLines(contents.rows);
  const body: Line[] = contents.rows.flatMap((row, index) => [
    { text: texts[index] ?? '', tone: toneOf(row, row === selected) },
    ...(view.expanded.has(row.pid) ? row.details.map((text): Line => ({ text: `    ${text}`, tone: 'faint' })) : []),
  ]);
  const isSmall = height < 6;
  const top: Line[] = isSmall
    ? []
    : [
        { text: summary(contents), tone: 'title' },
        ...(contents.counts === undefined ? [] : [{ text: countsText(contents.counts), tone: 'plain' } as const]),
        { text: heading, tone: 'faint' },
      ];
  const bottom: Line[] = height < 2 ? [] : [{ text: footer(view, selected?.pid), tone: 'faint' }];
  const at = body.findIndex(({ tone }) => tone === 'selected');
  const room = Math.max(1, height - top.length - bottom.length);
  const lines = [...top, ...window(body, at, room), ...bottom];
  return lines.map(({ text, tone }) => ({ text: cut(text, columns), tone }));
}
