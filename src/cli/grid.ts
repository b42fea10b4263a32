import Table from 'cli-table3';
import { hasColors } from './colors';

/** For files, pipes and narrow terminals: columns, and nothing drawn. */
const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

export interface GridOptions {
  readonly head: readonly string[];
  readonly aligns: readonly ('left' | 'right')[];
  readonly isFramed: boolean;
  /** Columns of the terminal for each, with words wrapped; null for as many as it needs. */
  readonly widths?: readonly (number | null)[];
}

/** A table as every command prints it: in bold and grey on a terminal, plain elsewhere. */
export function grid({ head, aligns, isFramed, widths }: GridOptions, rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    colAligns: [...aligns],
    style: {
      head: hasColors ? ['bold'] : [],
      border: hasColors ? ['gray'] : [],
      compact: true,
      ...(isFramed ? {} : { 'padding-left': 0, 'padding-right': 0 }),
    },
    ...(isFramed ? {} : { chars: BORDERLESS }),
    ...(widths === undefined ? {} : { colWidths: [...widths], wordWrap: true }),
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
