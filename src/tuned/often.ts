import { setFlagsFromString } from 'node:v8';
import { rehearseBeforeFirstFork } from '../fork/rehearsal';
import type { ForkTuning } from '../fork/tuning';
import { native, quiesce } from '../native';
import { KEEP_LOOPS, keepsLoops } from './settings';

/**
 * What is done for a process that forks often, once it has forked so many times. One that forks now and then never pays
 * for it, and a child begins anew.
 */
const FIRST = 128;
/** Again after so many times as many forks, but at most so many more: it has grown, and what was written to stands by itself again. */
const FACTOR = 8;
const MOST = 8192;
/** The heaps are put on large pages again after so many forks in a row: JavaScript has run since, and has parted them. */
const IN_A_ROW = 256;

let forks = 0;
let next = FIRST;
/** A large heap takes the pauses before several forks. */
let isGathering = false;

const bytecodeIsSettled = process.execArgv.some((option) => /^--(no-?)?flush[-_]bytecode$/.test(option));

/** Garbage is collected when V8's old space has grown by this part of it, and so many bytes. */
const GROWTH = { part: 1 / 8, bytes: 512 * 1024 };
/** The old space after that, or before the first fork that looked. */
let settled = Number.POSITIVE_INFINITY;

/**
 * What a program makes and drops for each child ends up in V8's old space where a collection of the young found it alive:
 * the entries of a Map of children are enough. V8 lets that grow to several times the heap, 28 bytes a fork, and each
 * page of it costs every fork its entry. Collecting it takes some 10 ms.
 */
function collectIfGrown(): void {
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
 * The heaps go to large pages (native/large_pages.h), 0.6 ms for each MB that is not on them: malloc's, and the parts of V8's
 * that are no longer.
 */
function tidyIfOften(inARow: number): void {
  forks += inARow;
  const isDue = forks >= next;
  if (!isDue && inARow < IN_A_ROW) return;
  if (isDue && !isGathering) collectIfGrown();
  isGathering = native.gatherHeap();
  if (isGathering) next = forks + 1;
  else if (isDue) next = Math.min(forks * FACTOR, forks + MOST);
}

/** @param loops the option that says whether V8 replaces them */
function beginAnew(loops: string): void {
  forks = 0;
  next = FIRST;
  isGathering = false;
  if (keepsLoops) setFlagsFromString(loops);
}

function afterFork(pid: number): void {
  if (pid === 0) beginAnew('--use-osr');
}

/** Node's function for it is compiled in the process that calls it first: in the parent, where it changes nothing. */
rehearseBeforeFirstFork((...sockets) => {
  beginAnew(KEEP_LOOPS);
  for (const fd of sockets) native.close(fd);
});

export const forksOften: ForkTuning = {
  beforeFork: tidyIfOften,
  afterFork,
};
