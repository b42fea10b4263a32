import { native, quiesce } from '../native';
import { refusal } from './safety';

/** One try to park the threads, in milliseconds. Between tries JavaScript runs, and V8 reaches its safepoints. */
const TRY_MS = 5;
/** How long a job of theirs may take before fork() gives up. Milliseconds. */
const PATIENCE_MS = { workers: 5_000, pool: 30_000 };

/** Node's thread that waits for SIGUSR1 to start the inspector. */
const signalThreads = process.features.inspector === true ? 1 : 0;

/** Whether each thread of this process is one of Node's: what add-ons have started may write where it likes. */
export function knowsAllThreads(hasMore: boolean): boolean {
  const pool = hasMore ? quiesce().poolThreads() : 0;
  return native.threadCount() === quiesce().knownThreads(signalThreads) + pool;
}

/** Whether there are more threads than Node begins with: libuv's pool, once something has used it, or the inspector's. */
export function hasMoreThreads(): boolean {
  return native.threadCount() > quiesce().knownThreads(signalThreads);
}

/** Tries again, now that the first try has found threads at work, until they rest or patience ends. */
function parkBusyThreads(withPool: boolean): void {
  const { park, unpark } = quiesce();
  const start = process.hrtime();
  for (;;) {
    const busy = park(TRY_MS, withPool);
    const [seconds, nanoseconds] = process.hrtime(start);
    const waited = seconds * 1e3 + nanoseconds / 1e6;
    switch (busy) {
      case 0:
        return;
      case 1:
        if (waited < PATIENCE_MS.workers) break;
        unpark();
        throw refusal(
          'ERR_FORK_WORKERS_BUSY',
          `V8's worker threads were still busy after ${PATIENCE_MS.workers} ms (compiling a large WebAssembly module, ` +
            'perhaps). A child forked now could hang on a lock that one of them holds. Fork before that work starts, or ' +
            'after it has ended.',
        );
      case 2:
        if (waited < PATIENCE_MS.pool) break;
        unpark();
        throw refusal(
          'ERR_FORK_THREAD_POOL_BUSY',
          `libuv's thread pool was still busy after ${PATIENCE_MS.pool} ms (a name that does not resolve, a file system ` +
            'that does not answer). A child forked now could hang on a lock that one of its threads holds. Await what ' +
            'is under way (dns.lookup, node:fs, crypto, zlib) before the fork.',
        );
      case 3:
        throw refusal(
          'ERR_FORK_PLATFORM',
          "this system does not let V8's platform be led to a child's own workers (mprotect was refused), and without " +
            'them a child could wait for ever.',
        );
    }
  }
}

/**
 * Brings V8's workers, and libuv's pool if it runs, to where a fork is sound; throws if they do not come
 * to rest.
 */
export function parkThreads(withPool: boolean): void {
  if (quiesce().park(TRY_MS, withPool) !== 0) parkBusyThreads(withPool);
}

/** process._getActiveRequests() of Node: requests under way, by the names of their classes. */
type ActiveRequests = { _getActiveRequests?: () => readonly object[] };

/** Writes to streams that Node has not heard the end of, the one among them in whose callback this is. */
export function writesUnderWay(): number {
  const requests = (process as ActiveRequests)._getActiveRequests?.() ?? [];
  return requests.filter((request) => request.constructor.name === 'WriteWrap').length;
}
