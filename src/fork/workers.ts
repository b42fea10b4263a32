import type { Worker } from 'node:worker_threads';
import { root } from '../addons/files';
import { native } from '../native';
import { listenOnce } from '../one-for-all-contexts';
import { isLoaded } from './loaded';

/** The worker_threads of this program. Nothing here starts anything; it only listens for the program to start one. */

/**
 * Node waits for the threads of its workers as it ends. One that is blocked in a call of this package would never come: the
 * process ends without it, when all other listeners have run.
 */
function leaveBlockedWorkers(code: number): void {
  if (!native.workersAreBlocked()) return;
  const listeners = process.rawListeners('exit');
  for (const listener of listeners.slice(listeners.indexOf(leaveBlockedWorkers) + 1)) {
    Reflect.apply(listener, process, [code]);
  }
  native._exit(Number(process.exitCode ?? code));
}

/** A worker's own process.on('exit') is of the end of its thread. */
const onMainThread = native.isMainThread();

type WorkerThreads = typeof import('node:worker_threads');

/** Loaded where there is a worker: every child has what is loaded. */
const workerThreads = (): WorkerThreads => require('node:worker_threads') as WorkerThreads;

/** A worker tells who it is: worker.terminate() knows it by this number. */
if (!onMainThread) native.noteWorker(workerThreads().threadId);

/** Between two signals to a worker that is to end: one that comes just before a call blocks is lost. Milliseconds. */
const AGAIN_MS = 10;

const INTERRUPTS = Symbol.for(`realfork.interrupts ${root}`);

/**
 * Node ends a worker at its next line of JavaScript. One that is blocked in a call of this package has none before that ends.
 * Once for all contexts of the process, as node:worker_threads is one for all.
 */
function interruptAtTerminate(prototype: Worker & { [INTERRUPTS]?: true }): void {
  if (prototype[INTERRUPTS] === true) return;
  prototype[INTERRUPTS] = true;
  const { terminate } = prototype;
  prototype.terminate = function (this: Worker): Promise<number> {
    const { threadId } = this;
    const ended = Reflect.apply(terminate, this, []) as Promise<number>;
    const interrupt = (): void => native.interruptWorker(threadId);
    const again = setInterval(interrupt, AGAIN_MS).unref();
    interrupt();
    return ended.finally(() => clearInterval(again));
  };
}

if (isLoaded('worker_threads')) interruptAtTerminate(workerThreads().Worker.prototype);

/** As a worker ends, Node waits for those that it has started: they are told, and their calls end. */
function endOwnWorkers(): void {
  for (const { threadId } of live) native.endCallsOfWorker(threadId);
}

const atExit = onMainThread ? leaveBlockedWorkers : endOwnWorkers;

function hearExit(): void {
  if (!process.listeners('exit').includes(atExit)) process.on('exit', atExit);
}

/** Started before this package was loaded, and have loaded it. */
const hasOlderWorkers = onMainThread && native.thereAreWorkers();
if (hasOlderWorkers) hearExit();

/** Workers of this thread that have not ended. Node starts some of its own: for module.register(), for --import. */
const live = listenOnce('worker_threads', new Set<Worker>(), (message) => {
  const { worker } = message as { worker: Worker };
  const { threadId } = worker;
  hearExit();
  live.add(worker);
  // Not the class of this one: that may have a terminate() of its own, which comes to Node's in its own time.
  if (!isOfNode(worker)) interruptAtTerminate(workerThreads().Worker.prototype);
  if (!onMainThread) native.noteParentOfWorker(threadId, workerThreads().threadId);
  let starts = true;
  const hasStarted = (): void => {
    if (starts) native.workerHasStarted();
    starts = false;
  };
  worker.once('online', hasStarted);
  worker.once('exit', () => {
    hasStarted();
    live.delete(worker);
    if (!onMainThread) native.forgetParentOfWorker(threadId);
    if (live.size === 0 && !hasOlderWorkers) process.off('exit', atExit);
  });
});

/** A refusal of fork(): nothing has been done. */
export function refusal(code: string, message: string): Error {
  return Object.assign(new Error(`fork(): ${message}`), { code, syscall: 'fork' });
}

interface Report {
  readonly workers?: readonly unknown[];
}

/** Node's own report knows all workers, those from before this package was loaded too. It takes milliseconds. */
export function reportedWorkers(): number {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = report.excludeNetwork;
  report.excludeNetwork = true; // it would look up the names of all peers
  const { workers = [] } = report.getReport() as Report;
  if (before !== undefined) report.excludeNetwork = before;
  return workers.length;
}

const isOfNode = (worker: Worker): boolean => worker.constructor.name === 'InternalWorker';

/** Options that have Node load modules in a thread of its own. */
const LOADERS = /--(import|loader|experimental-loader)\b/;

function optionsWithLoader(): string | undefined {
  const { NODE_OPTIONS = '' } = process.env;
  return [...process.execArgv, NODE_OPTIONS].find((option) => LOADERS.test(option));
}

/**
 * The thread of module hooks. Nothing tells it from another worker of which Node has not spoken; an option of the start
 * makes it likely.
 */
function loaderRefusal(): Error {
  const option = optionsWithLoader();
  const likely = option === undefined ? '' : ` (this program was started with ${option})`;
  return refusal(
    'ERR_FORK_WITH_WORKERS',
    `Node runs the program's module hooks in a thread of its own${likely}: module.register(), --import tsx, --loader, ` +
      "Yarn's Plug'n'Play (pnpEnableEsmLoader: false in .yarnrc.yml). The child would not have it, and an import in the child would wait for it for ever. " +
      'Compile the program before it is run (tsc, esbuild), or use hooks without a thread (module.registerHooks(), of ' +
      'Node 22.15 and 23.5). A child that never imports anything can have fork({ allowThreads: true }).',
  );
}

function workerRefusal(count: number): Error {
  return refusal(
    'ERR_FORK_WITH_WORKERS',
    `${count} worker_thread${count === 1 ? ' is' : 's are'} running. The child would have none of them, but whatever ` +
      'lock one of them holds at that moment, for ever. Fork before they are started or after they have ended ' +
      '(await worker.terminate()).',
  );
}

/** Throws where a worker is known to run; it need not be looked for among the threads. */
export function refuseBesideWorkers(): void {
  if (live.size === 0) return;
  const ofTheProgram = [...live].filter((worker) => !isOfNode(worker)).length;
  throw ofTheProgram === 0 ? loaderRefusal() : workerRefusal(ofTheProgram);
}

/** Where there are threads that nobody knows: the refusal, if they are workers from before this package was loaded. */
export function refusalForOlderWorkers(): Error | undefined {
  const count = reportedWorkers();
  if (count === 0) return undefined;
  return optionsWithLoader() === undefined ? workerRefusal(count) : loaderRefusal();
}
