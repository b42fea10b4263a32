/**
 * Forks very many children that leave at once, and looks at every status.
 *
 *   bare COUNT PATIENCE-SECONDS CHILDREN-AT-A-TIME
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { _exit, errno, fork } from 'realfork/c';
import { BlockingWait } from './blocking-wait';
import { Children } from './children';
import { turnOfEventLoop } from './event-loop';
import { conclude, verdict } from './findings';
import { checkLeftovers, openDescriptors } from './leftovers';
import { PaceOfForks } from './pace';
import { SettledMemory } from './settled-memory';
import { exitStatus } from './ways-out';

const [count = 0, patience = 30, atATime = 2] = process.argv.slice(2).map(Number);
const start = performance.now();
let forks = 0;

const perSecond = (): string => (forks / ((performance.now() - start) / 1000)).toFixed(0);

async function main(): Promise<void> {
  const descriptors = openDescriptors();
  const pace = new PaceOfForks();
  const memory = new SettledMemory(count);
  const children = new Children(patience * 1000, () => `${forks}/${count} forks, ${perSecond()}/s`);
  const wait = new BlockingWait(children);
  pace.note(0);
  while (forks < count) {
    const pid = fork();
    if (pid === 0) _exit(exitStatus(forks));
    if (pid === -1) throw new Error(`fork failed, errno ${errno()}`);
    children.add(pid, `child ${forks}`, `exited ${exitStatus(forks)}`);
    forks += 1;
    memory.note(forks);
    while (children.size >= atATime) wait.forOne();
    pace.note(forks);
  }
  while (children.size > 0) wait.forOne();
  await turnOfEventLoop(); // the workers are let go, and what a turn puts right is right
  checkLeftovers(descriptors);
  const lines = [pace.verdict(), memory.verdict()].filter((line) => line !== undefined);
  const longest = `longest child ${children.longestLife.toFixed(0)} ms`;
  conclude(verdict(forks, 'forks', performance.now() - start), ...lines, longest, `${descriptors.length} descriptors`);
}

void main();
