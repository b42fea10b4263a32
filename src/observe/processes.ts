import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process as seen from outside. */
export interface ProcessView {
  readonly pid: number;
  readonly ppid: number;
  readonly state: ProcessState;
}

export type ProcessState = 'running' | 'sleeping' | 'stopped' | 'zombie';

/** The state letter of ps(1) and proc(5), whatever stands behind it ("Ss+"). */
function stateOf(letters: string): ProcessState {
  switch (letters[0]) {
    case 'R':
      return 'running';
    case 'Z':
      return 'zombie';
    case 'T':
    case 't':
      return 'stopped';
    default:
      return 'sleeping'; // S; D, I, W and L wait for something as well
  }
}

/** In proc(5)'s count of the fields of /proc/PID/stat, of which the third is the first after the name. */
const AFTER_NAME = 3;
const NUM_THREADS = 20;

/**
 * /proc/PID/stat: "4711 (name, which may hold anything) S 4700 ...". proc(5). A process whose main thread has ended
 * while others are still ending has state Z as well; it becomes a zombie, or is reaped, when the last one has.
 */
function fromStat(stat: string): ProcessView {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [letter = '', ppid = ''] = fields;
  const state = stateOf(letter);
  const isEnding = state === 'zombie' && Number(fields[NUM_THREADS - AFTER_NAME]) > 1;
  return { pid: Number.parseInt(stat, 10), ppid: Number(ppid), state: isEnding ? 'running' : state };
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}

function linuxProcess(pid: number | string): ProcessView | undefined {
  try {
    return fromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function linuxProcesses(): ProcessView[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (linuxProcess(name) ?? []) : []));
}

/** Where there is no /proc: ps(1), with the columns that POSIX has and state, which every ps has. */
function psProcesses(select: readonly string[]): ProcessView[] {
  const ps = spawnSync('ps', [...select, '-o', 'pid=,ppid=,state='], { encoding: 'utf8' });
  if (ps.error) throw ps.error;
  return ps.stdout.split('\n').flatMap((line) => {
    const [pid, ppid, state] = line.trim().split(/\s+/);
    return state === undefined ? [] : { pid: Number(pid), ppid: Number(ppid), state: stateOf(state) };
  });
}

const onLinux = process.platform === 'linux';

/** The process, or undefined if there is none of that number, not even a zombie. */
export function findProcess(pid: number): ProcessView | undefined {
  return onLinux ? linuxProcess(pid) : psProcesses(['-p', String(pid)])[0];
}

/** The children of a process, zombies among them. */
export function childrenOf(pid: number): ProcessView[] {
  const all = onLinux ? linuxProcesses() : psProcesses(['-ax']);
  return all.filter((process) => process.ppid === pid);
}
