import { native, quiesce } from '../native';
import { hooksOfThisFork, runAfterInChild, runAfterInParent, runBefore } from './hooks';
import { refusal, refuseIfUnsafe } from './safety';

/** One try to park the workers, in milliseconds. Between tries JavaScript runs, and V8 reaches its safepoints. */
const TRY_MS = 5;
/** After so many milliseconds of tries fork() gives up: a worker has a job that does not end. */
const PATIENCE_MS = 5000;

function parkWorkers(): void {
  const { park, unpark } = quiesce();
  if (park(TRY_MS)) return;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (park(TRY_MS)) return;
  }
  unpark();
  throw refusal(
    'ERR_FORK_WORKERS_BUSY',
    `V8's worker threads were still busy after ${PATIENCE_MS} ms (compiling a large WebAssembly module, perhaps). ` +
      'A child forked now could hang on a lock that one of them holds. Fork before that work starts, or after it has ended.',
  );
}

let pidIsLive = false;

/**
 * Node notes process.pid once, so a child would have its parent's. Asked of the kernel each time it is
 * right in every child, and no child pays for a change of `process`.
 */
function askKernelForProcessPid(): void {
  if (pidIsLive) return;
  Object.defineProperty(process, 'pid', { get: native.getpid, enumerable: true, configurable: true });
  pidIsLive = true;
}

/**
 * fork(2), made safe: V8's workers parked, its heap made inheritable, the child's event loop
 * repaired and all its ways out led through _exit(2). Returns as fork(2), or the negative errno.
 * Throws, having done nothing, where a child could hang: see docs/fork.md.
 */
export function fork(): number {
  // In a worker the call itself refuses.
  if (!native.isMainThread()) return native.fork();
  refuseIfUnsafe();
  const hooks = hooksOfThisFork();
  runBefore(hooks);
  parkWorkers();
  askKernelForProcessPid();
  const pid = native.fork();
  if (pid === 0) {
    quiesce().becameChild();
    runAfterInChild(hooks);
  } else {
    runAfterInParent(hooks);
  }
  return pid;
}
