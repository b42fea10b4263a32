import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcess } from '#src/observe/processes.js';
import { isErrno } from './errors';

/** Looking at processes from a program under test, by node:fs only: no call of the package, so no handler runs here. */

const onLinux = process.platform === 'linux';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return '';
    throw error;
  }
}

/** "43 0x12 0x0 ...": the number of the system call and its arguments; "running". proc_pid_syscall(5) */
function systemCallOf(task: string): string[] {
  return read(`/proc/${task}/syscall`).trim().split(' ');
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without a call of the package. */
export function nap(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}

function callsOfOtherThreads(): ReadonlySet<string> {
  const others = readdirSync('/proc/self/task').filter((thread) => thread !== String(process.pid));
  return new Set(others.map((thread) => systemCallOf(`self/task/${thread}`)[0] ?? ''));
}

/**
 * The system calls in which Node's threads wait for one another (futex), learnt from its idle helper
 * threads. A main thread that sleeps in one of them is not blocked in a call of ours. Looked at several
 * times: what a thread does only in passing (a short clock_nanosleep) is not where it waits.
 */
function learnWaitsOfThreads(): ReadonlySet<string> {
  let always = callsOfOtherThreads();
  for (let look = 0; look < 4; ++look) {
    nap(2);
    const now = callsOfOtherThreads();
    always = new Set([...always].filter((call) => call !== 'running' && now.has(call)));
  }
  return always;
}

const waitsOfThreads: ReadonlySet<string> = onLinux ? learnWaitsOfThreads() : new Set();

interface Look {
  readonly asleep: boolean;
  readonly switches: string;
}

function look(pid: number): Look {
  if (!onLinux) return { asleep: findProcess(pid)?.state === 'sleeping', switches: '' };
  const status = read(`/proc/${pid}/status`);
  return {
    asleep: /^State:\s+S/m.test(status),
    switches: (status.match(/ctxt_switches:\s+\d+/g) ?? []).join(),
  };
}

function isInCall(pid: number, firstArgument: number | undefined): boolean {
  if (!onLinux) return true;
  const [call = '', argument] = systemCallOf(String(pid));
  if (call === '') return true; // not ours to see: trust the look
  if (call === 'running' || waitsOfThreads.has(call)) return false;
  return firstArgument === undefined || Number(argument) === firstArgument;
}

/** Waits until what is asked of the kernel, which sends no word of it, is so. */
export function until(isSo: () => boolean): void {
  while (!isSo()) nap(1);
}

/** Between the two looks that tell a process that is blocked from one that rests for a moment. Milliseconds. */
const BETWEEN_LOOKS = 2;

/** The first look at a process that seems blocked in a system call; give it to isStillBlocked(). */
function seemsBlocked(pid: number, firstArgument: number | undefined): Look | undefined {
  const first = look(pid);
  return first.asleep && isInCall(pid, firstArgument) ? first : undefined;
}

function isStillBlocked(pid: number, firstArgument: number | undefined, first: Look): boolean {
  const second = look(pid);
  return second.asleep && second.switches === first.switches && isInCall(pid, firstArgument);
}

/** Until the kernel has put the process to sleep in a system call: of this first argument, if one is named. */
export function untilBlocked(pid: number, firstArgument?: number): void {
  until(() => {
    const first = seemsBlocked(pid, firstArgument);
    if (first === undefined) return false;
    nap(BETWEEN_LOOKS);
    return isStillBlocked(pid, firstArgument, first);
  });
}

/** The same, for a test: without holding up its event loop. */
export async function blocked(pid: number, firstArgument?: number): Promise<void> {
  for (;;) {
    const first = seemsBlocked(pid, firstArgument);
    await delay(BETWEEN_LOOKS);
    if (first !== undefined && isStillBlocked(pid, firstArgument, first)) return;
  }
}

/** Until the process sleeps, be it in its event loop. */
export function untilAsleep(pid: number): void {
  until(() => look(pid).asleep);
}

/** Until the process has ended, and is a zombie or reaped. */
export function untilEnded(pid: number): void {
  until(() => (findProcess(pid)?.state ?? 'zombie') === 'zombie');
}

export function untilStopped(pid: number): void {
  until(() => findProcess(pid)?.state === 'stopped');
}

/** Minor page faults of a process, and of its children that have been reaped: fields 10 and 11 of proc_pid_stat(5). */
export function pageFaults(pid: number | 'self' = 'self'): { parent: number; children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[7]), children: Number(fields[8]) };
}
