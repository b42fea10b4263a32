import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { LabResult } from '#src/labs/check.js';
import { HIERARCHIES, ownCgroup } from '#src/labs/containment/cgroup.js';
import { CLI } from './cli';
import { type Run, Started } from './run-program';

/** Programs that are handed in to do harm, graded. */

/** Everything that was started from a file says so on its command line: forks have that of their parent. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(directory) ? [`${pid}: ${command}`] : [];
      } catch {
        return []; // it has ended
      }
    });
}

function cgroupsOf(grader: number): string[] {
  return HIERARCHIES.flatMap((hierarchy) => {
    const own = ownCgroup(hierarchy);
    const all = own === undefined ? [] : readdirSync(own);
    return all.filter((name) => name.startsWith(`realfork-lab-${grader}-`));
  });
}

/** A lab's check of what lies in a directory, after which nothing of it is left. */
export async function grade(directory: string, number: string, args: readonly string[]): Promise<Run> {
  const words = ['lab', 'check', number, '--json', '--dir', directory, ...args];
  const grader = new Started(process.execPath, [CLI, ...words], { patience: 250_000 });
  const run = await grader.end();
  expect(processesOf(directory)).toEqual([]);
  expect(cgroupsOf(grader.pid)).toEqual([]);
  return run;
}

/** One test of lab 02, which any server passes. */
export function gradeEcho(directory: string, seconds: number, args: readonly string[] = []): Promise<Run> {
  return grade(directory, '02', ['--filter', 'echo', '--time-limit', String(seconds), ...args]);
}

/** What the grader found, in its own words. */
export function findings({ status, stdout, stderr }: Run): string[] {
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const { earned, tests } = JSON.parse(stdout) as LabResult;
  expect(earned).toBe(0);
  return tests.flatMap(({ lines }) => lines.map(({ verdict, expected, seen }) => `${verdict} ${expected}: ${seen}`));
}

/** Root may, and where this checkout is for all to read it comes to something. */
export function mayBecomeNobody(): boolean {
  const [uid, gid] = ['-u', '-g'].map((what) => Number(execFileSync('id', [what, 'nobody'])));
  if (process.getuid?.() !== 0 || uid === undefined || gid === undefined) return false;
  return spawnSync(process.execPath, [CLI, '--version'], { uid, gid, cwd: '/' }).status === 0;
}
