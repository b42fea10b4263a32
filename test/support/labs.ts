import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LabResult, nameOf } from '#src/labs/check.js';
import { allLabs, findLab } from '#src/labs/index.js';
import type { Lab } from '#src/labs/lab.js';
import { textsOf } from '#src/labs/texts.js';
import { CLI } from './cli';

/** Whether the labs are what they say: each version of a program earns what it should. */

const ROOT = join(__dirname, '..', '..', '..');

/** Milliseconds: a check whose tests all run into their time-outs ends before. */
const PATIENCE_MS = 580_000;

export const VERSIONS = ['starter', 'faulty', 'solution'] as const;
export type Version = (typeof VERSIONS)[number];

/** Where a version of a lab's program is; undefined if the lab has none. */
export function fileOf(lab: Lab, version: Version): string | undefined {
  const file =
    version === 'solution' ? join(ROOT, 'solutions', `${nameOf(lab)}.ts`) : join(textsOf(lab), `${version}.ts`);
  return existsSync(file) ? file : undefined;
}

/** `realfork lab check`, as a student runs it, on a file that is handed in. */
export async function checkFile(lab: Lab, file: string, ...options: readonly string[]): Promise<LabResult> {
  const home = mkdtempSync(join(tmpdir(), 'realfork-verify-'));
  try {
    copyFileSync(file, join(home, lab.file));
    const args = [CLI, 'lab', 'check', lab.number, '--dir', home, '--json', ...options];
    const env = { ...process.env, NODE_OPTIONS: '', XDG_STATE_HOME: home };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: PATIENCE_MS }).catch(
      // Status 1: not all points.
      (error: { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string }) => {
        if (error.code === 1 && error.stdout !== '') return { stdout: error.stdout ?? '' };
        throw new Error(`the check of ${file} failed: ${error.stderr ?? ''}`, { cause: error });
      },
    );
    return JSON.parse(stdout) as LabResult;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What is wrong with what a version earned: nothing, for a lab as it should be. */
export function objection(lab: Lab, version: Version, { tests }: LabResult): string | undefined {
  const failed = tests.filter(({ earned, points }) => earned < points).map(({ name }) => name);
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
