import { existsSync, lstatSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ConfigurationError, readConfiguration } from '../servers/configuration';
import type { Line } from './lab';

/** What is handed in: a file that `realfork run` takes, or a command of any language. */

export const LANGUAGES = ['typescript', 'c', 'python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** As it is written. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  typescript: 'TypeScript',
  c: 'C',
  python: 'Python',
};

/** A command line for a shell, or its words. */
export type CommandLine = string | readonly [string, ...string[]];

export type Submission =
  | {
      readonly kind: 'file';
      /** An absolute path. */
      readonly file: string;
    }
  | {
      readonly kind: 'command';
      /** Where it is built, and where the files are that its words name: an absolute path. */
      readonly directory: string;
      readonly run: readonly [string, ...string[]];
      /** What makes it. */
      readonly build?: CommandLine;
    }
  | {
      readonly kind: 'unusable';
      /** What is to be said of it in place of any test. */
      readonly file: string;
      readonly line: Line;
    };

export const LAB_JSON = 'lab.json';

/** In a result, and on the terminal. */
export function shownAs(submission: Submission): string {
  return submission.kind === 'command' ? submission.run.join(' ') : submission.file;
}

/** By the program that is started. What is neither of the others is taken for compiled: nothing is known of its calls in advance. */
export function languageOf(submission: Submission): Language {
  if (submission.kind !== 'command') return 'typescript';
  return /^python[\d.]*$|\.py$/.test(basename(submission.run[0])) ? 'python' : 'c';
}

/** Why what was handed in is no file that can be read: a link could lead to somebody else's, a FIFO would be read for ever. */
export function whyNoFile(file: string): Line | undefined {
  const expected = `a file ${file}`;
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return { verdict: 'MISSING', expected };
  if (stats.isFile()) return undefined;
  return {
    verdict: 'BAD',
    expected: `${expected} of your own`,
    seen: stats.isSymbolicLink() ? 'a symbolic link' : 'no regular file',
  };
}

/** The words of a command; those that name a file in the directory, as an absolute path: the program runs elsewhere. */
export function withPaths(words: readonly [string, ...string[]], directory: string): [string, ...string[]] {
  const [first, ...rest] = words.map((word, index) => {
    // A program without a slash is looked for in PATH, as a shell does it.
    const mayBeFile = index > 0 ? !word.startsWith('-') : word.includes('/');
    return mayBeFile && word !== '' && existsSync(join(directory, word)) ? resolve(directory, word) : word;
  });
  return [first ?? '', ...rest];
}

/** Why a command cannot be started, as far as it names its program by a path; one that PATH has a shell finds. */
export function whyNoProgram(run: readonly [string, ...string[]], directory: string): Line | undefined {
  const [program] = run;
  if (!program.includes('/')) return undefined;
  const file = resolve(directory, program);
  const stats = statSync(file, { throwIfNoEntry: false });
  const expected = `a program ${file}`;
  if (stats === undefined) return { verdict: 'MISSING', expected, seen: 'there is no such file' };
  if (!stats.isFile()) return { verdict: 'BAD', expected, seen: 'no regular file' };
  const isExecutable = (stats.mode & 0o111) !== 0;
  return isExecutable ? undefined : { verdict: 'BAD', expected, seen: 'it is not executable: chmod +x' };
}

/** A command that somebody named. */
export function commandSubmission(run: readonly [string, ...string[]], directory: string): Submission {
  return { kind: 'command', directory, run };
}

/** lab.json of a directory: how to build, how to run. */
export function readLabJson(directory: string): Submission {
  const file = join(directory, LAB_JSON);
  const none = whyNoFile(file);
  if (none !== undefined) return { kind: 'unusable', file, line: none };
  const { nonEmpty, optional, pipe, strictObject, string, tupleWithRest, union } =
    require('valibot') as typeof import('valibot');
  const word = pipe(string(), nonEmpty('it is empty'));
  const words = tupleWithRest([word], string());
  const schema = strictObject({
    build: optional(union([word, words], 'a command line, or a list of words')),
    run: words,
  });
  try {
    const { build, run } = readConfiguration(file, schema, 'again');
    return { kind: 'command', directory, run, ...(build === undefined ? {} : { build }) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const expected = '{ "build": "make", "run": ["./server"] } in lab.json, of which "build" may be left out';
    return { kind: 'unusable', file, line: { verdict: 'BAD', expected, seen: error.message } };
  }
}
