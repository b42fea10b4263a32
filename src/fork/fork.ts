import { native, quiesce } from '../native';
import { hooksOfThisFork, runAfterInChild, runAfterInParent, runBefore } from './hooks';
import { refuseIfUnsafe } from './safety';
import { parkThreads, requestsOfEventLoop } from './threads';

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
 * fork(2), made safe: helper threads parked, its heap made inheritable, the child's event loop
 * repaired and all its ways out led through _exit(2). Returns as fork(2), or the negative errno.
 * Throws, having done nothing, where a child could hang: see docs/how-it-works.md.
 */
export function fork(): number {
  // In a worker the call itself refuses.
  if (!native.isMainThread()) return native.fork();
  refuseIfUnsafe();
  const hooks = hooksOfThisFork();
  runBefore(hooks);
  const poolRuns = parkThreads();
  askKernelForProcessPid();
  // Before the fork: a function that the parent never runs is compiled in every child.
  const status = Number(process.exitCode ?? 0);
  const { becameChild } = quiesce();
  const pid = native.fork();
  if (pid === 0) {
    becameChild(poolRuns ? requestsOfEventLoop() : 0, status);
    if (hooks.length > 0) runAfterInChild(hooks);
  } else {
    runAfterInParent(hooks);
  }
  return pid;
}
