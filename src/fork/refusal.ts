import { readFileSync } from 'node:fs';
import { root } from '../addons/files';
import { EMFILE } from '../constants';
import { SyscallError } from '../errno';
import { type NotForked, native, type Stranger } from '../native';
import { refusal, refusalForOlderWorkers } from './workers';
import { requestsUnderWay } from './writes';

/** What fork() says where it refuses: which thread is in the way, who is known to start such, and what to do. */

/** Its thread has no name of its own before Node 24. */
const WATCHDOG = "Node's watchdog (--trace-sigint, vm's timeout and breakOnSigint, what is typed into the REPL)";

/** Who starts threads of these names, and does not end them. */
const STARTERS: readonly (readonly [RegExp, string])[] = [
  [/vips|^gmain$|^pool-/, 'libvips, of sharp'],
  [/^tokio/, 'a library in Rust, on tokio (swc, Prisma, rspack and others)'],
  [/^rayon/, 'a library in Rust, on rayon'],
  [/^grpc|^event_engine/, 'gRPC'],
  [/^jemalloc/, "jemalloc's background threads (MALLOC_CONF=background_thread:false)"],
  [/^iou-sqp-/, 'io_uring, which libuv uses if it is told to: run without UV_USE_IO_URING'],
  [/^v8:Prof|^SamplingThread/, 'the profiler of --prof'],
  [/^SigintWatchdog/, WATCHDOG],
  [/^Inspector|^node-Inspector/, "Node's inspector"],
];

const starterOf = ({ name }: Stranger): string | undefined => STARTERS.find(([pattern]) => pattern.test(name))?.[1];

const quoted = ({ id, name }: Stranger): string => (name === '' ? `thread ${id}` : `"${name}" (thread ${id})`);

/** "vips worker" (thread 4711), "vips worker" (thread 4712) and 3 more */
function listed(threads: readonly Stranger[]): string {
  const SHOWN = 4;
  const shown = threads.slice(0, SHOWN).map(quoted).join(', ');
  return threads.length > SHOWN ? `${shown} and ${threads.length - SHOWN} more` : shown;
}

function startersOf(threads: readonly Stranger[]): string {
  const known = [...new Set(threads.map(starterOf).filter((starter) => starter !== undefined))];
  return known.length > 0
    ? `Such threads are known of ${known.join('; ')}.`
    : `Threads are known of sharp (libvips), of libraries in Rust (tokio), of profilers, of esbuild, and of ${WATCHDOG}.`;
}

const wayOut =
  'Fork before that library is first used, or use it in the child alone. A child that never touches it can have ' +
  'fork({ allowThreads: true }).';

function threadsRefusal(threads: readonly Stranger[]): Error {
  const verb = threads.length === 1 ? 'a thread that is' : `${threads.length} threads that are`;
  const error = refusal(
    'ERR_FORK_WITH_THREADS',
    `this process has ${verb} not Node's, ${listed(threads)}. The child would not have ${threads.length === 1 ? 'it' : 'them'}, ` +
      `but whatever lock one holds at that moment, for ever. ${startersOf(threads)} ${wayOut}`,
  );
  return Object.assign(error, { threads });
}

function unseenRefusal(): Error {
  return refusal(
    'ERR_FORK_WITH_THREADS',
    process.platform === 'linux'
      ? 'the threads of this process cannot be looked at: /proc/self/task cannot be read (no /proc, or no descriptor ' +
          'left), so nobody knows whether one of them holds a lock that the child would wait for. Mount /proc ' +
          '(mount -t proc proc /proc). If the program has no threads but its own, fork({ allowThreads: true }) goes ahead.'
      : 'the threads of this process cannot be looked at: sysctl kern.proc.pid gave nothing, so nobody knows whether one ' +
          'of them holds a lock that the child would wait for. If the program has no threads but its own, ' +
          'fork({ allowThreads: true }) goes ahead.',
  );
}

/** Where a thread is in the kernel: "read", or nothing if that cannot be looked at. */
function callOf({ id }: Stranger): string | undefined {
  try {
    const [number = ''] = readFileSync(`/proc/self/task/${id}/syscall`, 'utf8').split(' ');
    return native.observation.linux?.systemCalls[Number(number)];
  } catch {
    return undefined; // it has ended, or the system does not show it
  }
}

/** By the names of Node's classes for a request. */
const JOBS: Readonly<Record<string, string>> = {
  FSReqCallback: 'a call of node:fs (a read from a pipe, a FIFO or a terminal waits for its other end)',
  FSReqPromise: 'a call of node:fs/promises (a read from a pipe, a FIFO or a terminal waits for its other end)',
  GetAddrInfoReqWrap: 'a look-up of a name (dns.lookup, or a connection to a host by name)',
  GetNameInfoReqWrap: 'a look-up of an address (dns.lookupService)',
};

function poolRefusal(threads: readonly Stranger[], patience: number): Error {
  const calls = [...new Set(threads.map(callOf).filter((call) => call !== undefined && call !== 'futex'))];
  const jobs = [...new Set(requestsUnderWay().map((name) => JOBS[name]))].filter((job) => job !== undefined);
  const kinds = [...jobs, ...(jobs.length === 0 ? ['crypto, zlib, or an addon'] : [])].join('; ');
  const where = calls.length === 0 ? '' : `, blocked in ${calls.map((call) => `${call}(2)`).join(', ')}`;
  const error = refusal(
    'ERR_FORK_THREAD_POOL_BUSY',
    `${threads.length === 1 ? "a thread of libuv's pool was" : `${threads.length} threads of libuv's pool were`} still ` +
      `busy after ${patience} ms${where}. Under way: ${kinds}. A child forked now could hang on a lock that such a thread ` +
      'holds. Await the job, use forkWhenIdle(), or give fork({ patience: milliseconds }). A pipe that is read by a ' +
      'net.Socket ({ fd }) in place of fs.createReadStream holds no thread.',
  );
  return Object.assign(error, { threads });
}

type InspectorUrl = typeof import('node:inspector')['url'];

/** Where the inspector listens, if it does: it has a thread then. Asked only where there is a thread that nobody knows. */
function inspectorRefusal(): Error | undefined {
  if (process.features.inspector !== true) return undefined;
  const { url } = require('node:inspector') as { url: InspectorUrl };
  const address = url();
  if (address === undefined) return undefined;
  return refusal(
    'ERR_FORK_WITH_INSPECTOR',
    `the inspector is active (${address}): its thread and its connection would not be in the child. ` +
      'Run without --inspect, or call inspector.close() first.',
  );
}

/** The error for what the addon has refused. `patience`: how long it has waited, in milliseconds. */
export function refusalOf({ reason, threads }: NotForked, patience: number): Error | undefined {
  switch (reason) {
    case 'none':
      return undefined;
    case 'descriptors':
      return new SyscallError('fork', -EMFILE);
    case 'threads':
      return inspectorRefusal() ?? refusalForOlderWorkers() ?? threadsRefusal(threads);
    case 'unseen':
      return unseenRefusal();
    case 'pool busy':
      return poolRefusal(threads, patience);
    case 'workers busy':
      return refusal(
        'ERR_FORK_WORKERS_BUSY',
        `V8's worker threads were still busy after ${patience} ms (compiling a large WebAssembly module, ` +
          'perhaps). A child forked now could hang on a lock that one of them holds. Fork before that work starts, or ' +
          'after it has ended.',
      );
    case 'platform':
      return refusal(
        'ERR_FORK_PLATFORM',
        "V8's platform cannot be led to a child's own workers, and without them a child could wait for ever: this system " +
          'refuses mprotect, or this Node is none that realfork was built for ' +
          `(${process.execPath}, ${process.version}). Build realfork with this Node, from nodejs.org or the distribution.`,
      );
  }
}

/** Where all copies of the package in a process look for the one that forks. */
const FIRST = Symbol.for('realfork.copyThatForks');

type Registry = { [FIRST]?: string };

/** Throws in a second copy of the package: each would park threads and lead a child's ways out for itself. */
export function refuseSecondCopy(): void {
  const registry = process as Registry;
  const first = registry[FIRST];
  if (first === root) return;
  if (first === undefined) {
    Object.defineProperty(process, FIRST, { value: root });
    return;
  }
  throw refusal(
    'ERR_FORK_SECOND_COPY',
    `two copies of realfork are in this process, and ${first} has forked already; this one is ${root}. ` +
      'Have one copy: "npm ls realfork" shows who brings which, "npm dedupe" or an "overrides" entry makes them one.',
  );
}
