import { grid } from '#src/cli/grid.js';

/** A table with names in its first column and figures in the others; plain where it is not for a terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const aligns = head.map((_, column) => (column === 0 ? 'left' : 'right') as 'left' | 'right');
  return grid({ head, aligns, isFramed: process.stdout.isTTY === true }, rows);
}
