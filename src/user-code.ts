import { resolve } from 'node:path';

/** A person's own file, in TypeScript or JavaScript, as an ES module or not: run as it is, without a build step. */

/** What such a file imports as 'realfork' is this package, wherever the file lies. */
const ENTRY_POINTS = { realfork: 'index.js', 'realfork/c': 'c.js', 'realfork/unp': 'unp/index.js' };

/** What a module exports, by name; `default` among it. */
export type Exports = Readonly<Record<string, unknown>>;

/** Runs the file, and gives what it exports. Rejects with what it throws, or with why it cannot be read. */
export function importFile(file: string): Promise<Exports> {
  // A compiler, and for its file only: who runs none does not load it.
  const { createJiti } = require('jiti') as typeof import('jiti');
  const alias = Object.fromEntries(
    Object.entries(ENTRY_POINTS).map(([name, path]) => [name, resolve(__dirname, path)]),
  );
  // Nothing is kept on the disk: what runs is what the file says now.
  const jiti = createJiti(__filename, { alias, fsCache: false, interopDefault: false });
  return jiti.import(resolve(file));
}
