import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from './compiler';
import { entryPoints } from './entry-points';
import { showOwnLines } from './own-line';

export { type Transpiled, transpiledSoFar, useTranspiled } from './compiler';

/** A person's own file, in TypeScript or JavaScript, as an ES module or not: run as it is, without a build step. */

/** What a module exports, by name; `default` among it. */
export type Exports = Readonly<Record<string, unknown>>;

/** Runs the file, and gives what it exports. Rejects with what it throws, or with what is wrong with it: a Mistake. */
export async function importFile(file: string): Promise<Exports> {
  showOwnLines();
  // A compiler, and for its file only: who runs none does not load it.
  const { createJiti } = require('jiti') as typeof import('jiti');
  // What such a file imports as 'realfork', 'realfork/c' and so on is this package, wherever the file lies.
  const alias = Object.fromEntries([...entryPoints()].map(([name, entryPoint]) => [name, entryPoint.file]));
  // Nothing is kept on the disk: what runs is what the file says now.
  const options = { alias, fsCache: false, interopDefault: false };
  const compiler = createJiti(__filename, options);
  const jiti = createJiti(__filename, {
    ...options,
    transform: (asked) => ({ code: compile(asked, compiler.transform) }),
  });
  const filename = fileURLToPath(jiti.esmResolve(resolve(file)));
  // jiti tries JavaScript as it is first, and what throws it would run a second time.
  const how = { filename, ext: extname(filename), async: true, forceTranspile: true };
  return (await jiti.evalModule(readFileSync(filename, 'utf8'), how)) as Exports;
}
