/**
 * Forks many children from a parent that allocates all the time, and looks at every status.
 *
 *   forks COUNT PATIENCE-SECONDS CHILDREN-AT-A-TIME
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { errno, fork } from 'realfork/c';
import { BlockingWait } from './blocking-wait';
import { Children } from './children';
import { turnOfEventLoop } from './event-loop';
import { conclude, verdict } from './findings';
import { checkLeftovers, openDescriptors } from './leftovers';
import { PaceOfForks } from './pace';
import { SettledMemory } from './settled-memory';
import { exitStatus, wayOut } from './ways-out';
import { allocate, collectGarbage, hotLoop } from './work';

/** So many forks without, then so many with, a turn of the event loop before each: Node's workers are let go there. */
const PHASE = 500;
/** What the parent allocates between two forks, and in a burst now and then, in KiB. */
const GARBAGE = 200;
const BURST = 8192;
const BURST_EVERY = 50;
/** What a child does: memory in KiB, turns of its loop; every so many collect everything. */
const CHILD_GARBAGE = 512;
const CHILD_TURNS = 300_000;
const COLLECT_EVERY = 4;

const [count = 0, patience = 30, atATime = 4] = process.argv.slice(2).map(Number);
const start = performance.now();
const pace = new PaceOfForks();
const memory = new SettledMemory(count);
let slowestFork = 0;
let forks = 0;

function perSecond(): string {
  return (forks / ((performance.now() - start) / 1000)).toFixed(0);
}

function progress(): string {
  return `${forks}/${count} forks, ${perSecond()}/s, slowest ${slowestFork.toFixed(1)} ms`;
}

function timedFork(): number {
  const before = performance.now();
  const pid = fork();
  if (pid === -1) throw new Error(`fork failed, errno ${errno()}`);
  if (pid > 0) slowestFork = Math.max(slowestFork, performance.now() - before);
  return pid;
}

function workOfChild(nth: number): void {
  allocate(CHILD_GARBAGE);
  if (nth % COLLECT_EVERY === 0) collectGarbage();
  hotLoop(CHILD_TURNS);
}

async function leave(nth: number): Promise<void> {
  workOfChild(nth);
  await wayOut(nth).leave(exitStatus(nth));
}

/** @returns false in a child that is to run to the end of the program */
async function forkAll(children: Children): Promise<boolean> {
  const wait = new BlockingWait(children);
  pace.note(0);
  for (forks = 0; forks < count; ) {
    allocate(forks % BURST_EVERY === 0 ? BURST : GARBAGE);
    if (Math.floor(forks / PHASE) % 2 === 1) await turnOfEventLoop();
    const way = wayOut(forks);
    const pid = timedFork();
    if (pid === 0) {
      await leave(forks);
      return false;
    }
    children.add(pid, `child ${forks}, out by ${way.name}`, way.expected(exitStatus(forks)));
    forks += 1;
    memory.note(forks);
    while (children.size >= atATime) wait.forOne();
    pace.note(forks);
  }
  while (children.size > 0) wait.forOne();
  return true;
}

async function main(): Promise<void> {
  const descriptors = openDescriptors();
  const children = new Children(patience * 1000, progress);
  if (!(await forkAll(children))) return;
  await turnOfEventLoop(); // the workers are let go, and what a turn puts right is right
  checkLeftovers(descriptors);
  const growth = memory.verdict();
  const paces = pace.verdict();
  conclude(
    verdict(forks, 'forks', performance.now() - start),
    ...(paces === undefined ? [] : [paces]),
    `slowest fork ${slowestFork.toFixed(1)} ms, longest child ${children.longestLife.toFixed(0)} ms`,
    `${descriptors.length} descriptors`,
    growth,
  );
}

void main();
