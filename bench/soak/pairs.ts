import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fork, getpid } from 'realfork';
import type { Children } from './children';
import { parentsStory, turnOfEventLoop, waitInEventLoop } from './event-loop';
import { complain } from './findings';

/** A child and what its parent does for it, both in their event loops. */
export interface Pair {
  readonly inChild: () => Promise<void>;
  readonly inParent?: (pid: number) => Promise<void>;
  /** In the parent, when both are done. */
  readonly afterwards?: (pid: number) => Promise<void>;
}

/** Where in the event loop fork is called, in turn. */
const PLACES: readonly (() => Promise<unknown>)[] = [
  async () => {}, // wherever the last story has come to its end
  turnOfEventLoop,
  () => delay(1),
  () => readFile('/dev/null'), // among the callbacks of the thread pool
];

/** The children that live at the same time have different ones, all below FAILED. */
const statusOf = (pid: number): number => pid % 251;
/** That of a child that has complained. */
const FAILED = 255;

/** To the end of the program, with what is in the event loop of a child that did all it had to. */
async function beChild(name: string, body: () => Promise<void>): Promise<void> {
  process.exitCode = statusOf(getpid());
  try {
    await body();
  } catch (error) {
    complain(`${name}, in the child: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = FAILED;
  }
}

async function accompany(children: Children, name: string, pid: number, pair: Pair): Promise<void> {
  const { inParent = async () => {}, afterwards = async () => {} } = pair;
  const stories = [inParent(pid), waitInEventLoop(children, pid)];
  await Promise.all(stories.map((story) => parentsStory(name, story)));
  await parentsStory(name, afterwards(pid));
}

/**
 * Forks so many children, so many at a time, each time from an event loop in which the others' stories go on.
 * @param pair called before each fork
 * @returns false in a child that is to run to the end of the program
 */
export async function forkPairs(
  children: Children,
  count: number,
  atATime: number,
  pair: (nth: number) => Pair,
): Promise<boolean> {
  const stories = new Set<Promise<void>>();
  for (let nth = 0; nth < count; ++nth) {
    const name = `child ${nth}`;
    await PLACES[nth % PLACES.length]?.();
    const roles = pair(nth);
    const pid = fork();
    if (pid === 0) {
      await beChild(name, roles.inChild);
      return false;
    }
    children.add(pid, name, `exited ${statusOf(pid)}`);
    const story = accompany(children, name, pid, roles).then(() => void stories.delete(story));
    stories.add(story);
    if (stories.size >= atATime) await Promise.race(stories);
  }
  await Promise.all(stories);
  return true;
}
