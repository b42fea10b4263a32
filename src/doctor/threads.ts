import { lookForFork } from '../fork/fork';
import { refusalOf } from '../fork/refusal';
import { type NotForked, native } from '../native';
import { hasProc, procNumbers, procText } from '../observe/linux/proc';
import { parseSyscall } from '../observe/linux/syscall';
import type { Finding } from './finding';

/** The threads of this process, told apart by what they wait for. */

export type ThreadRole =
  | 'main'
  | 'worker of V8'
  | "thread of libuv's pool"
  | 'scheduler of delayed tasks'
  | "Node's own"
  | `"${string}", not Node's`;

interface Thread {
  readonly tid: number;
  readonly name: string;
  /** The system call that it waits in, with all its arguments. */
  readonly waiting: string;
}

function threads(): Thread[] {
  if (!hasProc()) return [];
  return (procNumbers('self/task') ?? []).map((tid) => ({
    tid,
    name: procText(`self/task/${tid}/comm`)?.trim() ?? '',
    waiting: procText(`self/task/${tid}/syscall`)?.trim() ?? '',
  }));
}

/** By what a rehearsal of fork() has parked, and has not known. */
function roleOf({ tid, name, waiting }: Thread, { threads, workers, pool }: NotForked): ThreadRole {
  if (tid === process.pid) return 'main';
  if (workers.includes(tid)) return 'worker of V8';
  if (pool.includes(tid)) return "thread of libuv's pool";
  const stranger = threads.find(({ id }) => id === tid);
  if (stranger !== undefined) return `"${name}", not Node's`;
  return parseSyscall(waiting)?.call.startsWith('epoll') === true ? 'scheduler of delayed tasks' : "Node's own";
}

function counted(roles: readonly ThreadRole[]): string {
  const kinds = [...new Set(roles)];
  return kinds
    .map((kind) => {
      const count = roles.filter((role) => role === kind).length;
      return `${count} ${count > 1 ? kind.replace(/^(worker|thread)/, '$1s') : kind}`;
    })
    .join(', ');
}

/** Parks threads as a fork does, and lets them go. */
export function threadsFinding(): Finding {
  const count = native.threadCount();
  const start = performance.now();
  const seen = lookForFork();
  const milliseconds = performance.now() - start;
  const isParked = seen.reason === 'none';
  const list = threads().map((thread) => ({ tid: thread.tid, role: roleOf(thread, seen) }));
  const kinds = list.length === 0 ? '' : `: ${counted(list.map(({ role }) => role))}`;
  const parked = isParked
    ? `${seen.workers.length} parked for a fork in ${milliseconds.toFixed(1)} ms`
    : (refusalOf(seen, milliseconds)?.message ?? seen.reason);
  return {
    name: 'threads',
    found: `${count === 0 ? 'cannot be looked at' : count}${kinds}; ${parked}`,
    verdict: isParked ? 'well' : 'stops fork',
    ...(isParked ? {} : { remedy: 'See docs/how-it-works.md, "When fork() refuses".' }),
    facts: { count, threads: list, workers: seen.workers.length, isParked, milliseconds },
  };
}
