import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { BaseIssue, BaseSchema, InferOutput } from 'valibot';

/** A server's configuration file: an object of JSON, read again on SIGHUP. */

type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

/** What is wrong with a configuration, in one line that names the file. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

function inOneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}

/**
 * Of a server that serves, and must not wait: for a writer of a FIFO, say, that has taken the file's place. What is read at
 * the start may be one: --config <(command).
 */
function readAgain(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new Error('no regular file any more');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** When a server reads its configuration. */
export type When = 'at the start' | 'again';

/** @throws {ConfigurationError} it cannot be read, is not JSON, or not as `schema` wants it */
export function readConfiguration<Wanted extends Schema>(
  path: string,
  schema: Wanted,
  when: When,
): InferOutput<Wanted> {
  // Loaded for a server that has a configuration, and in no other.
  const { getDotPath, safeParse } = require('valibot') as typeof import('valibot');
  let value: unknown;
  try {
    value = JSON.parse(when === 'again' ? readAgain(path) : readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`configuration ${path}: ${inOneLine(error)}`);
  }
  // valibot takes an array for an object.
  if (Array.isArray(value)) throw new ConfigurationError(`configuration ${path}: an array, where an object is wanted`);
  const parsed = safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = getDotPath(issue);
  throw new ConfigurationError(`configuration ${path}: ${where === null ? '' : `${where}: `}${issue.message}`);
}
