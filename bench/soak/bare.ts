/**
 * Forks very many children that leave at once, and looks at every status.
 *
 *   bare COUNT PATIENCE-SECONDS CHILDREN-AT-A-TIME
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { BareForks } from './bare-forks';
import { Children } from './children';
import { turnOfEventLoop } from './event-loop';
import { conclude, verdict } from './findings';
import { checkLeftovers, openDescriptors } from './leftovers';
import { PaceOfForks } from './pace';
import { SettledMemory } from './settled-memory';
import { besideNewcomer } from './veteran';

/** Where there are so many, they are compared with those of a new process. */
const VERY_MANY = 100_000;

const [count = 0, patience = 30, atATime = 2] = process.argv.slice(2).map(Number);
const start = performance.now();

const perSecond = (forks: number): string => (forks / ((performance.now() - start) / 1000)).toFixed(0);

async function main(): Promise<void> {
  const descriptors = openDescriptors();
  const pace = new PaceOfForks();
  const memory = new SettledMemory(count);
  const progress = (): string => `${forks.count}/${count} forks, ${perSecond(forks.count)}/s`;
  const children = new Children(patience * 1000, progress);
  const forks = new BareForks(children, atATime);
  pace.note(0);
  forks.run(count, (made) => {
    memory.note(made);
    pace.note(made);
  });
  const took = performance.now() - start;
  const lines = [pace.verdict(), count >= VERY_MANY ? besideNewcomer(forks, patience, atATime) : undefined];
  await turnOfEventLoop(); // the workers are let go, and what a turn puts right is right
  checkLeftovers(descriptors);
  const longest = `longest child ${children.longestLife.toFixed(0)} ms`;
  const memories = memory.verdict();
  conclude(
    ...[verdict(count, 'forks', took), ...lines].filter((line) => line !== undefined),
    ...[memories, longest, `${descriptors.length} descriptors`],
  );
}

void main();
