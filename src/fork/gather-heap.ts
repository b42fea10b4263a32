import { native } from '../native';
import { knowsAllThreads } from './threads';

/**
 * V8's heap is moved to large pages (native/large_pages.h) when a program has forked so often: that takes some 15 ms and
 * saves each fork from then on about 100 µs. A program that forks now and then never pays for it.
 */
const FIRST = 128;
/** And again after so many times as many forks: the heap has grown, and what was written to stands by itself again. */
const FACTOR = 8;

let forks = 0;
let next = FIRST;

/** The kernel writes into buffers by itself when libuv has been told to use io_uring(7). */
const usesIoUring = (): boolean => Number(process.env['UV_USE_IO_URING'] ?? 0) !== 0;

/** Call once for each fork, while V8's workers, and libuv's pool if there is one, are parked. */
export function gatherHeapSometimes(hasMoreThreads: boolean): void {
  if (++forks < next) return;
  if (!usesIoUring() && knowsAllThreads(hasMoreThreads) && native.gatherHeap()) return; // a part of it for each fork
  next = forks * FACTOR;
}
