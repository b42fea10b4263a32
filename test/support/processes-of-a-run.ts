import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isErrno } from './errors';

/** What is left of a run, found by its process group and by a mark in the environment (setsid leaves a group). */

export const MARK = 'REALFORK_TEST_RUN';

export interface Leftover {
  readonly pid: number;
  readonly state: string;
  readonly command: string;
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return '';
    throw error;
  }
}

/** The clock of proc_pid_stat(5): so many ticks a second, since the machine was started. */
const TICKS_PER_SECOND = 100;

export function ticksNow(): number {
  return Math.ceil(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * TICKS_PER_SECOND);
}

/**
 * The processes of a run that still live. Once its own process has been reaped, at `reapedAt`, the number
 * of its group may be another's: of what has no mark, only what is older than that is the run's.
 *
 * Zombies are not among them: they are init's, which reaps when it likes. (That a program leaves no zombie
 * of its own while it lives is looked after in scenarios.ts.)
 */
export function processesOfRun(group: number, mark: string, reapedAt = Number.POSITIVE_INFINITY): Leftover[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = readProc(pid, 'stat');
      // "4711 (name) S ppid pgrp ...": the name may hold anything, a parenthesis too. The 22nd is when it began.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state = 'Z', , pgrp] = fields;
      if ('ZX'.includes(state)) return [];
      const marks = readProc(pid, 'environ')
        .split('\0')
        .filter((variable) => variable.startsWith(`${MARK}=`));
      const isOfGroup = Number(pgrp) === group && Number(fields[19]) < reapedAt;
      const isOfRun = marks.length === 0 ? isOfGroup : marks.includes(`${MARK}=${mark}`);
      return isOfRun
        ? [{ pid: Number(pid), state, command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() }]
        : [];
    });
}

/** What the descriptors of this process refer to, by number. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      open.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error; // the one that readdir itself had open
    }
  }
  return open;
}
