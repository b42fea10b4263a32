import { join } from 'node:path';

/** What can be imported of this package: 'realfork', 'realfork/c' and so on, as package.json has it. */

interface Manifest {
  readonly name: string;
  /** By "." or "./c". */
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

interface EntryPoint {
  /** The file that runs. */
  readonly file: string;
  /** What an editor reads of it; undefined of a file that is no module. */
  readonly types: string | undefined;
}

const ROOT = join(__dirname, '..', '..');

/** Its import starts the program anew, so it is not loaded to be looked at; and it has no names. */
const STARTS_ANEW = 'realfork/tuned';

let known: ReadonlyMap<string, EntryPoint> | undefined;

/** By what is imported: "realfork/c". */
export function entryPoints(): ReadonlyMap<string, EntryPoint> {
  if (known === undefined) {
    const { name, exports } = require('../../package.json') as Manifest;
    known = new Map(
      Object.entries(exports).map(([path, target]) => [
        name + path.slice(1),
        typeof target === 'string'
          ? { file: join(ROOT, target), types: undefined }
          : { file: join(ROOT, target.default), types: join(ROOT, target.types) },
      ]),
    );
  }
  return known;
}

/** The names that an entry point exports. It is loaded for that. */
export function exportsOf(entryPoint: string): string[] {
  const file = entryPoints().get(entryPoint)?.file;
  if (file === undefined || entryPoint === STARTS_ANEW) return [];
  const exports = require(file) as object;
  // As import has it of a CommonJS module; the compiler takes a module that is loaded already as it is, without one.
  if (!('default' in exports)) Object.defineProperty(exports, 'default', { value: exports });
  return Object.keys(exports);
}
