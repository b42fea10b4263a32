import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';

/**
 * What would make a child that may hang: fork() refuses while any of it is there. Nothing here starts
 * anything; it only listens for what the program starts.
 */

/** A refusal of fork(): nothing has been done. */
export function refusal(code: string, message: string): Error {
  return Object.assign(new Error(`fork(): ${message}`), { code, syscall: 'fork' });
}

/** Workers of this thread that have not ended. */
const liveWorkers = new Set<Worker>();

/** Whether the program had loaded worker_threads before this package, and may have workers that it did not see. */
let mayHaveOlderWorkers = (process as { moduleLoadList?: readonly string[] }).moduleLoadList?.includes(
  'NativeModule worker_threads',
);

subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  liveWorkers.add(worker);
  worker.once('exit', () => liveWorkers.delete(worker));
});

interface Report {
  readonly workers?: readonly unknown[];
}

/** Node's own report knows all workers, but takes milliseconds. */
function reportedWorkers(): number {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = report.excludeNetwork;
  report.excludeNetwork = true; // it would look up the names of all peers
  const { workers = [] } = report.getReport() as Report;
  if (before !== undefined) report.excludeNetwork = before;
  return workers.length;
}

/** Workers from before this package was loaded. Asked until there are none: one that is started since is announced. */
function olderWorkers(hasMoreThreads: boolean): number {
  if (mayHaveOlderWorkers !== true) return 0;
  const workers = hasMoreThreads ? reportedWorkers() : 0; // without more threads than Node begins with there is none
  mayHaveOlderWorkers = workers > 0;
  return workers;
}

type InspectorUrl = typeof import('node:inspector')['url'];
let askInspector: InspectorUrl | undefined;

/**
 * Where the inspector listens, if it does: it has a thread then. Asked only where there are more threads than Node
 * begins with, since to ask it loads much code, which every child would inherit.
 */
function inspectorUrl(hasMoreThreads: boolean): string | undefined {
  if (process.features.inspector !== true || !hasMoreThreads) return undefined;
  askInspector ??= (require('node:inspector') as typeof import('node:inspector')).url;
  return askInspector();
}

/**
 * Throws if a child forked now could hang on what this process has.
 * @param hasMoreThreads whether there are more threads than Node begins with
 */
export function refuseIfUnsafe(hasMoreThreads: boolean): void {
  const workers = Math.max(liveWorkers.size, olderWorkers(hasMoreThreads));
  if (workers > 0) {
    throw refusal(
      'ERR_FORK_WITH_WORKERS',
      `${workers} worker_thread${workers === 1 ? ' is' : 's are'} running. The child would have none of them, but whatever ` +
        'lock one of them holds at that moment, for ever. Fork before they are started or after they have ended ' +
        '(await worker.terminate()).',
    );
  }
  const url = inspectorUrl(hasMoreThreads);
  if (url !== undefined) {
    throw refusal(
      'ERR_FORK_WITH_INSPECTOR',
      `the inspector is active (${url}): its thread and its connection would not be in the child. ` +
        'Run without --inspect, or call inspector.close() first.',
    );
  }
}
