import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { type LabResult, nameOf } from '#src/labs/check.js';
import { allLabs, findLab } from '#src/labs/index.js';
import type { Lab } from '#src/labs/lab.js';
import { fileIn, sourceIn } from '#src/labs/languages.js';
import type { Language } from '#src/labs/submission.js';
import { handOut } from '#src/labs/texts.js';
import { CLI } from './cli';

/** Whether the labs are what they say: each version of a program earns what it should. */

const ROOT = join(__dirname, '..', '..', '..');

/** Milliseconds: a check whose tests all run into their time-outs ends before. */
const PATIENCE_MS = 580_000;

export const VERSIONS = ['starter', 'faulty', 'solution'] as const;
export type Version = (typeof VERSIONS)[number];

/** Where a version of a lab's program is; undefined if the lab has none. */
export function fileOf(lab: Lab, version: Version, language: Language = 'typescript'): string | undefined {
  if (version !== 'solution') return sourceIn(lab, language, version);
  const extension = extname(fileIn(lab, language));
  const file = join(ROOT, 'solutions', language === 'typescript' ? '.' : language, `${nameOf(lab)}${extension}`);
  return existsSync(file) ? file : undefined;
}

/** A version of a lab's program. */
export interface LabProgram {
  readonly title: string;
  readonly lab: Lab;
  readonly version: Version;
  readonly file: string;
}

/** All that there are in a language. */
export function programsIn(language: Language, labs: readonly Lab[] = allLabs()): LabProgram[] {
  return labs.flatMap((lab) =>
    VERSIONS.flatMap((version) => {
      const file = fileOf(lab, version, language);
      return file === undefined ? [] : [{ title: `${nameOf(lab)}, ${version}`, lab, version, file }];
    }),
  );
}

/** Checks it, once. @returns what is wrong with what it earned, in lines; undefined: nothing */
export async function wrongWith({ lab, version, file }: LabProgram): Promise<string | undefined> {
  // That a starter fails is known from its first test that does.
  const result = await checkFile(lab, file, ...(version === 'starter' ? ['--bail'] : []));
  const wrong = objection(lab, version, result);
  return wrong === undefined ? undefined : [wrong, ...complaints(result)].join('\n');
}

/** By what a file is called. */
function languageOfFile(file: string): Language {
  return extname(file) === '.c' ? 'c' : extname(file) === '.py' ? 'python' : 'typescript';
}

/** `realfork lab check` of what is in a directory, as a student runs it. */
async function check(lab: Lab, home: string, ...options: readonly string[]): Promise<LabResult> {
  const args = [CLI, 'lab', 'check', lab.number, '--dir', home, '--json', ...options];
  const env = { ...process.env, NODE_OPTIONS: '', XDG_STATE_HOME: home };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: PATIENCE_MS }).catch(
    // Status 1: not all points.
    (error: { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string }) => {
      if (error.code === 1 && error.stdout !== '') return { stdout: error.stdout ?? '' };
      throw new Error(`the check of ${home} failed: ${error.stderr ?? ''}`, { cause: error });
    },
  );
  return JSON.parse(stdout) as LabResult;
}

async function inDirectory<Result>(work: (home: string) => Promise<Result>): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'realfork-verify-'));
  try {
    return await work(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** A file that is handed in, beside what `lab start` has put there. */
export function checkFile(lab: Lab, file: string, ...options: readonly string[]): Promise<LabResult> {
  return inDirectory((home) => {
    const language = languageOfFile(file);
    handOut(lab, language, home);
    copyFileSync(file, join(home, fileIn(lab, language)));
    return check(lab, home, ...options);
  });
}

/** Of a text: what is put in the place of what; "$&" is that itself. */
export type Change = readonly [RegExp, string];

/** A version of a lab's program in which something is otherwise. @param options of `lab check` */
export function checkChanged(
  lab: Lab,
  { version, language }: { readonly version: Version; readonly language: Language },
  changes: readonly Change[],
  ...options: readonly string[]
): Promise<LabResult> {
  return inDirectory((home) => {
    const original = fileOf(lab, version, language);
    if (original === undefined) throw new Error(`${nameOf(lab)} has no ${version} in ${language}`);
    let text = readFileSync(original, 'utf8');
    for (const [place, instead] of changes) {
      if (!place.test(text)) throw new Error(`there is no ${place} in ${original}`);
      text = text.replace(place, instead);
    }
    const changed = join(home, `changed${extname(original)}`);
    writeFileSync(changed, text);
    return checkFile(lab, changed, ...options);
  });
}

/** A program in C that somebody has compiled: `realfork lab check NN -- ./program`. */
export function checkCommand(lab: Lab, source: string): Promise<LabResult> {
  return inDirectory(async (home) => {
    const shared = join(ROOT, 'labs', 'c');
    const args = ['-std=gnu11', '-pthread', '-I', shared, '-o', join(home, 'program'), source, join(shared, 'unp.c')];
    await promisify(execFile)('cc', args);
    return await check(lab, home, '--', './program');
  });
}

/** Of test/labs-c: right solutions in C as few would write them, which have to have all points. */
const UNUSUAL = join(ROOT, 'test', 'labs-c');

/** Those that are right for another lab as well, and there unlike what it expects. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'double-fork.c': ['06', '08'],
  'particular.c': ['06'],
  'ppoll.c': ['06'],
  'signalfd.c': ['06', '08'],
  'thread-for-each-child.c': ['08'],
};

export interface UnusualSolution {
  readonly title: string;
  readonly lab: Lab;
  readonly file: string;
}

export function unusualSolutions(): UnusualSolution[] {
  return readdirSync(UNUSUAL).flatMap((directory) => {
    const number = directory.slice(0, 2);
    return readdirSync(join(UNUSUAL, directory)).flatMap((name) =>
      [number, ...(number === '03' ? (ALSO[name] ?? []) : [])].flatMap((one) =>
        labsToVerify(one).map((lab) => {
          return { title: `${nameOf(lab)}, ${name}`, lab, file: join(UNUSUAL, directory, name) };
        }),
      ),
    );
  });
}

/** The tests of a check that have not given their points. */
export const failedIn = ({ tests }: LabResult): string[] =>
  tests.filter(({ earned, points }) => earned < points).map(({ name }) => name);

/** What is wrong with what a version earned: nothing, for a lab as it should be. */
export function objection(lab: Lab, version: Version, result: LabResult): string | undefined {
  const failed = failedIn(result);
  const shown = failed.length === 0 ? 'no test' : failed.join(', ');
  switch (version) {
    case 'starter':
      return failed.length > 0 ? undefined : 'the starter passes every test';
    case 'solution':
      return failed.length === 0 ? undefined : `the solution fails ${shown}`;
    case 'faulty': {
      const meant = lab.tests.filter(({ faultyFails }) => faultyFails === true).map(({ name }) => name);
      return String(failed) === String(meant)
        ? undefined
        : `the faulty version fails ${shown}; it is meant to fail ${meant.join(', ')}`;
    }
  }
}

/** The lines of a result that say what was wrong, for whoever has to mend it. */
export function complaints({ tests }: LabResult): string[] {
  return tests.flatMap(({ name, lines }) =>
    lines
      .filter(({ verdict }) => verdict !== 'GOOD')
      .map(({ verdict, expected, seen = '' }) => `  ${name}: ${verdict} ${expected}; seen: ${seen}`),
  );
}

/** All, or the one with this number. @throws if there is no such lab */
export function labsToVerify(number?: string): Lab[] {
  if (number === undefined) return allLabs();
  const lab = findLab(number);
  if (lab === undefined) throw new Error(`there is no lab ${number}`);
  return [lab];
}
