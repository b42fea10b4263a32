import Table from 'cli-table3';
import pc from 'picocolors';

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** A table with names in its first column and figures in the others; plain where it is not for a terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const onTerminal = process.stdout.isTTY === true;
  const grid = new Table({
    head: head.map((title) => (onTerminal ? pc.bold(title) : title)),
    style: { head: [], border: onTerminal ? ['gray'] : [], compact: true },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    ...(onTerminal ? {} : { chars: BORDERLESS }),
  });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString();
}
