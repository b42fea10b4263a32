import { SourceMap, type SourceMapPayload } from 'node:module';
import type { createJiti } from 'jiti';
import { type MissingImport, missingImports } from './missing-imports';
import { Mistake } from './mistake';

/** Makes of a person's file what Node runs, and says what is wrong with it. */

/** jiti's own. */
type Transform = ReturnType<typeof createJiti>['transform'];
type Asked = Parameters<Transform>[0];

/** What has been made of files, by what they say. */
export type Transpiled = ReadonlyMap<string, string>;

const transpiled = new Map<string, string>();

/** All that this thread has had to transpile. */
export const transpiledSoFar = (): Transpiled => transpiled;

/** What another thread has transpiled: the compiler is not even loaded for that. */
export function useTranspiled(known: Transpiled): void {
  for (const [key, code] of known) transpiled.set(key, code);
}

/** What runs, by its file; for those who ask where in the file it comes from. */
const running = new Map<string, { readonly asked: Asked; readonly transform: Transform }>();

/** jiti's word for a file that Babel cannot read: the program that it gives in its place. */
const UNREADABLE = 'exports.__JITI_ERROR__ = ';

function checkReadable(code: string, file: string): void {
  if (!code.startsWith(UNREADABLE)) return;
  const { message, line, column } = JSON.parse(code.slice(UNREADABLE.length)) as MissingImport & { message: string };
  // As Babel counts columns, from 0.
  throw new Mistake(message.trim(), file, line, column + 1);
}

function transpile(asked: Asked, transform: Transform): string {
  const { filename = '' } = asked;
  const missing: MissingImport[] = [];
  const plugins = [missingImports((one) => missing.push(one))];
  const code = transform({ ...asked, babel: { ...asked.babel, plugins } });
  checkReadable(code, filename);
  const [first] = missing;
  if (first === undefined) return code;
  throw new Mistake(missing.map(({ problem }) => problem).join('\n'), filename, first.line, first.column);
}

/** @throws Mistake: what the file says is not TypeScript, or it imports what is not there */
export function compile(asked: Asked, transform: Transform): string {
  const key = `${asked.filename} ${asked.async}\n${asked.source}`;
  const code = transpiled.get(key) ?? transpile(asked, transform);
  transpiled.set(key, code);
  if (asked.filename !== undefined) running.set(asked.filename, { asked, transform });
  return code;
}

/** What a file said when it was compiled, and the way back to it from what runs. Undefined if the file runs as it is. */
export interface Origin {
  readonly source: string;
  readonly map: SourceMap;
}

const MAP = /\/\/# sourceMappingURL=data:[^,]*;base64,([\w+/=]+)\s*$/;

/** Compiled once more, with a map: no program carries one for as long as nobody asks. */
export function originOf(file: string): Origin | undefined {
  const { asked, transform } = running.get(file) ?? {};
  if (asked === undefined || transform === undefined) return undefined;
  const code = transform({ ...asked, babel: { ...asked.babel, sourceMaps: 'inline', sourceFileName: file } });
  const [, map] = MAP.exec(code) ?? [];
  if (map === undefined) return undefined;
  const payload = JSON.parse(Buffer.from(map, 'base64').toString()) as SourceMapPayload;
  return { source: asked.source, map: new SourceMap(payload) };
}
