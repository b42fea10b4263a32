import { readFileSync } from 'node:fs';
import { RLIMIT_NOFILE } from '../../constants';
import type { Posix } from '../../posix';
import type { Rlimit } from '../../types';

/** "Max open files            1024                 524288               files" */
const OPEN_FILES = /^Max open files +(\w+) +(\w+)/m;

const limit = (text: string | undefined): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));

/** What proc(5) tells of a process, if it does. */
function told(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return ''; // it has ended, or there is no /proc, or not for this user
  }
}

function openFiles(pid: number): Rlimit | undefined {
  const [, soft, hard] = OPEN_FILES.exec(told(pid, 'limits')) ?? [];
  return soft === undefined ? undefined : { rlim_cur: limit(soft), rlim_max: limit(hard) };
}

/** 0: none that can be seen. */
const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(told(pid, 'status'))?.[1] ?? 0);

/**
 * The soft limit on descriptors that the programs of --exec are to have. Node raises its own to the hard limit before the
 * first line of JavaScript, and keeps no note of what it was. But limits are inherited: the nearest ancestor with the
 * same hard limit and a lower soft one, the shell mostly, has what this process was started with, unless it was started by
 * something that sets limits, as prlimit(1) and systemd do. select(2) knows nothing beyond 1024, hence not as it is.
 * @param asked the number of --nofile
 * @returns undefined: it stays as it is
 * @throws RangeError it is above the hard limit
 */
export function descriptorLimit(posix: Posix, asked: number | undefined): Rlimit | undefined {
  const { rlim_max } = posix.getrlimit(RLIMIT_NOFILE);
  if (asked !== undefined) {
    if (asked <= rlim_max) return { rlim_cur: asked, rlim_max };
    throw new RangeError(`--nofile ${asked}: the hard limit on descriptors is ${rlim_max}. ulimit -Hn shows it`);
  }
  for (let pid = process.ppid; pid > 0; pid = parentOf(pid)) {
    const limits = openFiles(pid);
    if (limits === undefined || limits.rlim_max !== rlim_max) return undefined;
    if (limits.rlim_cur < rlim_max) return limits;
  }
  return undefined;
}
