import { native, quiesce } from '../native';
import { knowsAllThreads } from './threads';

/**
 * What is done for a process that forks often, once it has forked so many times. One that forks now and then never pays
 * for it, and a child begins anew.
 */
const FIRST = 128;
/** Again after so many times as many forks, but at most so many more: it has grown, and what was written to stands by itself again. */
const FACTOR = 8;
const MOST = 8192;

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

/** Whether the program was started with an option of V8's, or its opposite. */
function isSettled(name: RegExp): boolean {
  return process.execArgv.some((option) => name.test(option));
}

const loopsAreSettled = isSettled(/^--(no-?)?use[-_]osr$/);
const bytecodeIsSettled = isSettled(/^--(no-?)?flush[-_]bytecode$/);

/** Garbage is collected when V8's old space has grown by this part of it, and so many bytes. */
const GROWTH = { part: 1 / 8, bytes: 512 * 1024 };
/** The old space after that, or before the first fork that looked. */
let settled = Number.POSITIVE_INFINITY;

/**
 * What a program makes and drops for each child ends up in V8's old space where a collection of the young found it alive:
 * the entries of a Map of children are enough. V8 lets that grow to several times the heap, 28 bytes a fork, and each
 * page of it costs every fork its entry. Collecting it takes some 10 ms.
 *
 * Call once for each fork, before threads are parked: V8 has them help.
 */
export function collectIfGrown(): void {
  if (forks + 1 < next) return;
  const { oldSpace, collectGarbage } = quiesce();
  const size = oldSpace();
  const grown = size - settled;
  if (grown < GROWTH.bytes || grown < settled * GROWTH.part) {
    settled = Math.min(settled, size);
    return;
  }
  collectGarbage(bytecodeIsSettled);
  settled = oldSpace();
}

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
  next = Math.min(forks * FACTOR, forks + MOST);
}

/** Called on both sides of every fork, so that no child is the first to run it. */
export function countAnew(pid: number): void {
  if (pid !== 0) return;
  forks = 0;
  next = FIRST;
}
