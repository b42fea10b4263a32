import { resolve } from 'node:path';

/** A person's own file, in TypeScript or JavaScript, as an ES module or not: run as it is, without a build step. */

interface Manifest {
  readonly name: string;
  /** By "." or "./c". */
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** What such a file imports as 'realfork', 'realfork/c' and so on is this package, wherever the file lies. */
function entryPoints(): Record<string, string> {
  const { name, exports } = require('../package.json') as Manifest;
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => [
      name + path.slice(1),
      resolve(__dirname, '..', typeof target === 'string' ? target : target.default),
    ]),
  );
}

/** What a module exports, by name; `default` among it. */
export type Exports = Readonly<Record<string, unknown>>;

/** Runs the file, and gives what it exports. Rejects with what it throws, or with why it cannot be read. */
export function importFile(file: string): Promise<Exports> {
  // A compiler, and for its file only: who runs none does not load it.
  const { createJiti } = require('jiti') as typeof import('jiti');
  // Nothing is kept on the disk: what runs is what the file says now.
  const jiti = createJiti(__filename, { alias: entryPoints(), fsCache: false, interopDefault: false });
  return jiti.import(resolve(file));
}
