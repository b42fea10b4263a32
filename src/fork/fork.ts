import { inspect } from 'node:util';
import { native, quiesce } from '../native';
import type { ForkOptions } from '../types';
import { noteSide } from './exit';
import { hooksOfThisFork, runAfter, runBefore } from './hooks';
import { runRehearsals } from './rehearsal';
import { refuseIfUnsafe } from './safety';
import { hasMoreThreads, knowsAllThreads, parkThreads, writesUnderWay } from './threads';
import { tuningOfThisFork } from './tuning';
import { uuidsOfItsOwn } from './uuids';

/** Asked once: fork(2) leaves the thread what it is. */
const onMainThread = native.isMainThread();

let pidIsLive = false;
/** Forks being made: a signal handler may fork while one is. */
let underWay = 0;

/**
 * Node notes process.pid once, so a child would have its parent's. Asked of the kernel each time it is
 * right in every child, and no child pays for a change of `process`.
 */
function askKernelForProcessPid(): void {
  if (pidIsLive) return;
  Object.defineProperty(process, 'pid', { get: native.getpid, enumerable: true, configurable: true });
  pidIsLive = true;
}

function wrongType(argument: string, wanted: string, value: unknown): TypeError {
  const error = new TypeError(`The argument "${argument}" of fork() must be ${wanted}. Received ${inspect(value)}`);
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

function inheritsHandles(options: ForkOptions): boolean {
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'an object', options);
  const { inheritHandles = true } = options;
  if (typeof inheritHandles !== 'boolean') throw wrongType('options.inheritHandles', 'a boolean', inheritHandles);
  return inheritHandles;
}

/** Loaded when it is first asked for: most programs never do, and all their children would inherit it. */
const handles = (): typeof import('./handles') => require('./handles');

/**
 * fork(2), made safe: helper threads parked, its heap made inheritable, the child's event loop
 * repaired and all its ways out led through _exit(2). Returns as fork(2), or the negative errno.
 * Throws, having done nothing, where a child could hang: see docs/how-it-works.md.
 */
export function fork(options?: ForkOptions): number {
  const inherits = options === undefined || inheritsHandles(options);
  // In a worker the call itself refuses.
  if (!onMainThread) return native.fork();
  const hasMore = hasMoreThreads();
  refuseIfUnsafe(hasMore);
  const hooks = hooksOfThisFork();
  runBefore(hooks);
  askKernelForProcessPid();
  runRehearsals();
  const { afterFork } = quiesce();
  const status = Number(process.exitCode ?? 0);
  const drawUuids = uuidsOfItsOwn();
  const dropInherited = inherits ? undefined : handles().dropInheritedHandles;
  const tuning = tuningOfThisFork();
  tuning?.beforeParking();
  parkThreads(hasMore);
  tuning?.whileParked(() => !knowsAllThreads(hasMore));
  ++underWay;
  let pid = -1;
  // From here to its end all of it runs on both sides: what only children ran would be compiled, and its properties
  // looked up, in every child.
  try {
    pid = native.fork();
  } finally {
    --underWay;
    afterFork(pid, hasMore ? writesUnderWay() : 0, status, underWay === 0);
  }
  noteSide(pid);
  tuning?.afterFork(pid);
  if (pid === 0) {
    drawUuids?.();
    dropInherited?.();
  }
  if (hooks.length > 0) runAfter(hooks, pid === 0 ? 'afterInChild' : 'afterInParent');
  return pid;
}
