import { readFileSync } from 'node:fs';
import type { SourceMapping } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debuglog, types } from 'node:util';
import { runInNewContext } from 'node:vm';
import { type Origin, originOf } from './compiler';

/**
 * What Node prints of an exception that ends a program, turned to whose program it is: above the stack the line of their
 * file, as they wrote it, and in the stack their frames and not those of this package and inside Node.
 * NODE_DEBUG=realfork keeps all of them.
 */

const OWN = join(__dirname, '..', '/');
/** What runs a file for this package. */
const HELPERS = /\/node_modules\/(jiti|commander)\//;
const PACKAGES = '/node_modules/';

/** How Node came to call what it has called: its loader, its timers. */
const INSIDE_NODE = /^ {4}at .*\(?node:internal\//;

/** "    at accept (/home/student/server.ts:3:10)", with or without a name. Frames of Node itself have no path. */
const FRAME = /^( {4}at (?:async )?(?:.+? \()?)((?:file:\/\/)?\/.+?):(\d+):(\d+)(\)?)$/;

/** Lines and columns are counted from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
  /** Undefined if it is not known. */
  readonly column: number | undefined;
  readonly text: string;
}

const isMapping = (found: SourceMapping | object): found is SourceMapping => 'originalLine' in found;

/** Compiled, `accept(7)` is `(0, realfork.accept)(7)`, and the call is where its parenthesis is: back to its name. */
function beginOfCall(text: string, column: number): number {
  return text[column] === '(' ? text.slice(0, column).search(/[\w$]*$/) : column;
}

/** Where in a file, as it was written, that is which runs. */
function writtenAt(file: string, line: number, column: number, origin: Origin | undefined): Place {
  const source = origin?.source ?? readFileSync(file, 'utf8');
  const textOf = (one: number): string => source.split(/\r?\n/)[one - 1] ?? '';
  if (origin === undefined) return { file, line, column, text: textOf(line) };
  // jiti begins the first line with words of its own, which no map knows of.
  const found = line === 1 ? {} : origin.map.findEntry(line - 1, column - 1);
  if (!isMapping(found)) return { file, line, column: undefined, text: textOf(line) };
  const written = found.originalLine + 1;
  const text = textOf(written);
  return { file, line: written, column: beginOfCall(text, found.originalColumn) + 1, text };
}

const shown = ({ file, line, column }: Place): string =>
  column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;

/** The line, and a caret below it, as Node prints them. */
function excerpt({ file, line, column, text }: Place): string {
  const caret = column === undefined ? '' : `${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^\n`;
  return `${file}:${line}\n${text}\n${caret}`;
}

/** A stack as it is to be printed; undefined if no frame of it is the person's. */
function ownStack(stack: string): string | undefined {
  const keepsAll = debuglog('realfork').enabled;
  const origins = new Map<string, Origin | undefined>();
  let own: Place | undefined;
  const lines = stack.split('\n').flatMap((text) => {
    const [, before, path = '', line, column, after] = FRAME.exec(text) ?? [];
    if (before === undefined) return INSIDE_NODE.test(text) && !keepsAll ? [] : [text];
    const file = path.startsWith('file:') ? fileURLToPath(path) : path;
    if (file.startsWith(OWN) || HELPERS.test(file)) return keepsAll ? [text] : [];
    if (file.includes(PACKAGES)) return [text];
    if (!origins.has(file)) origins.set(file, originOf(file));
    const place = writtenAt(file, Number(line), Number(column), origins.get(file));
    own ??= place;
    return [`${before}${shown(place)}${after}`];
  });
  return own === undefined ? undefined : `${excerpt(own)}\n${lines.join('\n')}`;
}

/** Node puts the line that threw, of our file, above a stack, but above none that vm has put a line of its own to. */
function haveNoLineAdded(error: Error): void {
  try {
    runInNewContext('throw error', { error });
  } catch {}
}

function showOwnLine(error: unknown): void {
  // Who takes exceptions gets them as they are.
  if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
  if (!types.isNativeError(error) || typeof error.stack !== 'string') return;
  try {
    const stack = ownStack(error.stack);
    if (stack === undefined) return;
    haveNoLineAdded(error);
    error.stack = stack;
  } catch {
    // A file that is gone, an error that is frozen: it is printed as it is.
  }
}

/** From now on, in this process and its children. It takes no exception: Node prints, and ends the program. */
export function showOwnLines(): void {
  if (process.listeners('uncaughtExceptionMonitor').includes(showOwnLine)) return;
  process.on('uncaughtExceptionMonitor', showOwnLine);
}
