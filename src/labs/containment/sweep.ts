import { setTimeout as delay } from 'node:timers/promises';
import { allProcesses, type ProcessView } from '../../observe/processes';
import { withDescendants } from '../../observe/tree';
import { pidOf, signalIfThere } from '../../signalling';

/** After this what still lives cannot be killed: it runs as somebody else, or the kernel does not let go. Milliseconds. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 1;

/** True if there was such a process, and this user may signal it. @throws RangeError it is no pid */
export function signalStudent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return signalIfThere(pidOf(pid, "a process of a student's program"), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/**
 * Ends processes of this process's own and all that descends from them, until none is left, not even a zombie. This
 * process must be their reaper: an orphan does not get away.
 *
 * A program that forks without end makes children while it is looked for them: killed one by one, parents first, it would
 * outrun this loop. Hence all are stopped before any is killed: one that is stopped makes no more.
 *
 * @param isOwn which children of this process are meant
 * @param reap takes the statuses of those that have ended
 * @returns what could not be ended
 */
export async function sweep(isOwn: (child: ProcessView) => boolean, reap: () => void): Promise<ProcessView[]> {
  const deadline = performance.now() + PATIENCE_MS;
  const stopped = new Set<number>();
  for (;;) {
    reap();
    const all = allProcesses();
    const roots = all.filter((one) => one.ppid === process.pid && isOwn(one)).map(({ pid }) => pid);
    const left = withDescendants(all, roots);
    if (left.length === 0) return [];
    const running = left.filter(({ pid, state }) => state !== 'zombie' && !stopped.has(pid));
    for (const { pid } of running) {
      signalStudent(pid, 'SIGSTOP');
      stopped.add(pid);
    }
    if (performance.now() > deadline) return left;
    if (running.length > 0) continue; // they may have made others before they stopped
    for (const { pid, state } of left) if (state !== 'zombie') signalStudent(pid, 'SIGKILL');
    await delay(LOOK_AGAIN_MS);
  }
}
