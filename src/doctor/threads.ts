import { native, quiesce } from '../native';
import { procNumbers, procText } from '../observe/linux/proc';
import { parseSyscall } from '../observe/linux/syscall';
import type { Finding } from './finding';

/** The threads of this process, told apart by what they wait for. */

export type ThreadRole = 'main' | 'worker of V8' | 'scheduler of delayed tasks' | 'waits for SIGUSR1' | 'other';

interface Thread {
  readonly tid: number;
  readonly name: string;
  /** The system call that it waits in, with all its arguments. */
  readonly waiting: string;
}

function threads(): Thread[] {
  return (procNumbers('self/task') ?? []).map((tid) => ({
    tid,
    name: procText(`self/task/${tid}/comm`)?.trim() ?? '',
    waiting: procText(`self/task/${tid}/syscall`)?.trim() ?? '',
  }));
}

/** One try to park, in milliseconds, and how many. */
const TRY_MS = 5;
const TRIES = 200;

function park(): boolean {
  for (let tries = 0; tries < TRIES; ++tries) if (quiesce().park(TRY_MS, false) === 0) return true;
  return false;
}

/** A worker waits for its next task, and once it is parked for something else: that tells it from the other threads. */
function roleOf(before: Thread, after: Thread | undefined): ThreadRole {
  if (before.tid === process.pid) return 'main';
  if (after !== undefined && after.waiting !== before.waiting) return 'worker of V8';
  if (parseSyscall(before.waiting)?.call.startsWith('epoll') === true) return 'scheduler of delayed tasks';
  return process.features.inspector === true && /^(node|SignalInspector)/.test(before.name)
    ? 'waits for SIGUSR1'
    : 'other';
}

function counted(roles: readonly ThreadRole[]): string {
  const kinds = [...new Set(roles)];
  return kinds
    .map((kind) => {
      const count = roles.filter((role) => role === kind).length;
      return `${count} ${count > 1 ? kind.replace('worker', 'workers') : kind}`;
    })
    .join(', ');
}

/** Parks V8's workers, as a fork does, and lets them go. */
export function threadsFinding(): Finding {
  const count = native.threadCount();
  const before = process.platform === 'linux' ? threads() : [];
  const start = performance.now();
  const isParked = park();
  const milliseconds = performance.now() - start;
  const after = new Map((process.platform === 'linux' ? threads() : []).map((thread) => [thread.tid, thread]));
  const workers = quiesce().workers();
  quiesce().unpark();
  const list = before.map((thread) => ({ tid: thread.tid, role: roleOf(thread, after.get(thread.tid)) }));
  const kinds = list.length === 0 ? '' : `: ${counted(list.map(({ role }) => role))}`;
  const parked = isParked
    ? `${workers} parked for a fork in ${milliseconds.toFixed(1)} ms`
    : "V8's workers do not come to rest";
  return {
    name: 'threads',
    found: `${count}${kinds}; ${parked}`,
    verdict: isParked ? 'well' : 'stops fork',
    ...(isParked
      ? {}
      : { remedy: 'Fork before the work that keeps them busy (a large WebAssembly module), or after it.' }),
    facts: { count, threads: list, workers, isParked, milliseconds },
  };
}
