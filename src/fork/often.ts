import { native, quiesce } from '../native';
import { knowsAllThreads } from './threads';

/**
 * What is done for a process that forks often, once it has forked so many times. One that forks now and then never pays
 * for it, and a child begins anew.
 */
const FIRST = 128;
/** The heap is moved again after so many times as many forks: it has grown, and what was written to stands by itself again. */
const FACTOR = 8;

let forks = 0;
let next = FIRST;

/** The kernel writes into buffers by itself when libuv has been told to use io_uring(7). */
const usesIoUring = (): boolean => Number(process.env['UV_USE_IO_URING'] ?? 0) !== 0;

/**
 * V8's heap is moved to large pages (native/large_pages.h): that takes some 15 ms and saves each fork from then on about
 * 100 µs.
 * @returns whether there is more of it to move
 */
function gatherHeap(hasMoreThreads: boolean): boolean {
  return !usesIoUring() && knowsAllThreads(hasMoreThreads) && native.gatherHeap();
}

/** The program was started with an option of V8's that settles it. */
const loopsAreSettled = process.execArgv.some((option) => /^--(no-?)?use[-_]osr$/.test(option));

/**
 * V8 replaces a loop that has run for long by optimised code, while it runs (--use-osr). What only children do has never run
 * in the loop of a server, so each of them would fall back to unoptimised code there: 45 page faults, a third of what a child
 * costs. A process that forks so often keeps its loops as they are; functions are optimised as ever, and the loops of its
 * children too. It costs 4 % of each fork: V8 is told before it, for the child, and after it.
 */
const KEEPS_LOOPS = 1024;

/** Call once for each fork, while V8's workers, and libuv's pool if there is one, are parked. */
export function prepareForMore(hasMoreThreads: boolean): void {
  if (++forks >= KEEPS_LOOPS && !loopsAreSettled) quiesce().keepLoops();
  if (forks < next) return;
  if (gatherHeap(hasMoreThreads)) return; // a part of it for each fork
  next = forks * FACTOR;
}

/** Called on both sides of every fork, so that no child is the first to run it. */
export function countAnew(pid: number): void {
  if (pid !== 0) return;
  forks = 0;
  next = FIRST;
}
