import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { TICKS_PER_SECOND } from '../observe/linux/proc';
import { Failure, type Student } from './lab';

/** What the grader does to a process that runs, and learns of it, beside what `observe` tells. Linux only. */

/** What a processor has spent on a process, itself and the kernel for it. proc_pid_stat(5), utime and stime */
export function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [utime = '0', stime = '0'] = fields.slice(11, 13);
  return ((Number(utime) + Number(stime)) * 1000) / TICKS_PER_SECOND;
}

function prlimit(pid: number, ...args: readonly string[]): string {
  try {
    return execFileSync('prlimit', ['--pid', String(pid), ...args], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Failure('MISSING', { expected: 'prlimit(1) of util-linux, to take descriptors from the server', seen });
  }
}

/**
 * From now on the program gets no further descriptor: EMFILE. It is its soft limit, which anybody may raise again.
 * @returns puts the limit back
 */
export function takeDescriptors(student: Student): () => void {
  const { pid } = student;
  const itself = student.observe().processes.find((process) => process.pid === pid);
  const used = new Set(itself?.descriptors?.map(({ fd }) => fd));
  let free = 0;
  while (used.has(free)) free += 1;
  const before = prlimit(pid, '--nofile', '--output=SOFT', '--noheadings').trim();
  prlimit(pid, `--nofile=${free}:`);
  return () => void prlimit(pid, `--nofile=${before}:`);
}
