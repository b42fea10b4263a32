import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_NAME, type PoolSettings } from './options';

/** What the children of a pool can do, by name. */
export type Functions = ReadonlyMap<string, (data: unknown) => unknown>;

type Exports = Readonly<Record<string, unknown>>;

const isCallable = (value: unknown): value is (data: unknown) => unknown => typeof value === 'function';

function functionsOf(exported: Exports): Functions {
  const entries = Object.entries(exported).filter((entry): entry is [string, (data: unknown) => unknown] =>
    isCallable(entry[1]),
  );
  return new Map(entries);
}

/** By import(), whichever kind of module it is: the default export of one of CommonJS is module.exports. */
async function loadFunctions(filename: string | URL): Promise<Functions> {
  const isUrl = filename instanceof URL || filename.startsWith('file:');
  const loaded = (await import(isUrl ? String(filename) : pathToFileURL(resolve(filename)).href)) as Exports;
  const { default: main } = loaded;
  return functionsOf(typeof main === 'object' && main !== null ? { ...loaded, ...main } : loaded);
}

/** @throws (rejects with) what loading the module throws */
export async function functionsOfPool({ tasks, filename }: PoolSettings): Promise<Functions> {
  if (filename !== undefined) return loadFunctions(filename);
  return typeof tasks === 'function' ? functionsOf({ [DEFAULT_NAME]: tasks }) : functionsOf(tasks ?? {});
}
