import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { LabResult } from './check';
import { LANGUAGES, type Language } from './submission';
import { writeWhole } from './write-file';

/**
 * What a student has done so far, in $XDG_STATE_HOME/realfork/labs.json (~/.local/state/realfork/labs.json): so that it is
 * known in whatever directory one is. XDG Base Directory Specification
 */

export interface LabProgress {
  /** Where the lab was started: an absolute path. */
  readonly directory?: string;
  /** In which it was started; TypeScript, if it does not say. */
  readonly language?: Language;
  /** Points of the best check of all tests. */
  readonly best?: number;
  /** Hints that were shown. */
  readonly hints?: number;
}

export type Progress = Readonly<Record<string, LabProgress>>;

function file(): string {
  const { XDG_STATE_HOME: state = '' } = process.env;
  return join(state === '' ? join(homedir(), '.local', 'state') : state, 'realfork', 'labs.json');
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

function readLab(value: unknown): LabProgress {
  const { directory, language, best, hints } = Object(value) as Readonly<Record<string, unknown>>;
  const known = LANGUAGES.find((one) => one === language);
  return {
    ...(typeof directory === 'string' ? { directory } : {}),
    ...(known === undefined ? {} : { language: known }),
    ...(isCount(best) ? { best } : {}),
    ...(isCount(hints) ? { hints } : {}),
  };
}

/** By the number of the lab. */
export function readProgress(): Progress {
  let text: string;
  try {
    text = readFileSync(file(), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    const labs = Object.entries(Object(JSON.parse(text)) as Readonly<Record<string, unknown>>);
    return Object.fromEntries(labs.map(([number, lab]) => [number, readLab(lab)]));
  } catch {
    throw new Error(`${file()} is not JSON: remove it, and the progress begins anew`);
  }
}

export function noteProgress(number: string, news: LabProgress): void {
  const before = readProgress();
  writeWhole(file(), `${JSON.stringify({ ...before, [number]: { ...before[number], ...news } }, null, 2)}\n`);
}

/** Notes the points of a check of all tests, if it was the best so far. */
export function noteResult(number: string, { earned }: LabResult): void {
  if (earned > (readProgress()[number]?.best ?? -1)) noteProgress(number, { best: earned });
}
