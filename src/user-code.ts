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

/** What has been made of files, by what they say. */
export type Transpiled = ReadonlyMap<string, string>;

const transpiled = new Map<string, string>();

/** All that this thread has had to transpile. */
export const transpiledSoFar = (): Transpiled => transpiled;

/** What another thread has transpiled: the compiler is not even loaded for that. */
export function useTranspiled(known: Transpiled): void {
  for (const [key, code] of known) transpiled.set(key, code);
}

/** Runs the file, and gives what it exports. Rejects with what it throws, or with why it cannot be read. */
export function importFile(file: string): Promise<Exports> {
  // A compiler, and for its file only: who runs none does not load it.
  const { createJiti } = require('jiti') as typeof import('jiti');
  // Nothing is kept on the disk: what runs is what the file says now.
  const options = { alias: entryPoints(), fsCache: false, interopDefault: false };
  const compiler = createJiti(__filename, options);
  const jiti = createJiti(__filename, {
    ...options,
    transform(asked) {
      const key = `${asked.filename} ${asked.async}\n${asked.source}`;
      const code = transpiled.get(key) ?? compiler.transform(asked);
      transpiled.set(key, code);
      return { code };
    },
  });
  return jiti.import(resolve(file));
}
