import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeStatus, getpid, registerAtFork, waitpidAsync } from 'realfork';
import { Children } from './children';
import { complain, conclude, verdict } from './findings';
import { checkLeftovers, openDescriptors } from './leftovers';

/** What a soak does in its event loop, where the children that it forks have copies of all that is under way. */

export const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const parent = getpid();

/**
 * What the parent does beside its children, to its end. A child that is forked meanwhile has a copy of it: how that
 * comes to its end, its descriptors gone, is of no interest.
 * @returns settled when it is done, well or not; in such a child, if at all
 */
export async function parentsStory(name: string, story: Promise<unknown>): Promise<void> {
  try {
    await story;
  } catch (error) {
    if (getpid() === parent) complain(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/**
 * Has each child that is forked from now on drop its copy of what the parent's event loop watches: it would read
 * what is for the parent, or not come to its end.
 * @returns to be called when the parent has done with it
 */
export function parentsAlone(drop: () => void): () => void {
  return registerAtFork({ afterInChild: drop });
}

/** The same, destroyed in each child that is forked before it is closed: without a word to the parent's story there. */
export function parentsHandle<Handle extends Duplex | ClientRequest>(handle: Handle): Handle {
  const forget = parentsAlone(() => {
    handle.removeAllListeners().on('error', () => {});
    handle.destroy();
  });
  handle.once('close', forget);
  return handle;
}

/** Looks after the children once a second. @returns to be called at the end */
function lookFromEventLoop(children: Children): () => void {
  const timer = setInterval(() => children.look(), 1000);
  const stop = (): void => clearInterval(timer);
  const forget = parentsAlone(stop);
  return () => {
    stop();
    forget();
  };
}

/** Waits for a child without blocking, and looks at its status. */
export async function waitInEventLoop(children: Children, pid: number): Promise<void> {
  const { status } = await waitpidAsync(pid);
  children.ended(pid, describeStatus(status));
}

export interface EventLoopSoak {
  /** In the verdict: "1000 servers in 12.3 s". */
  readonly things: string;
  /** For each child. Seconds. */
  readonly patience: number;
  readonly progress: (children: Children) => string;
  /** Forks, and waits for all of it; false in a child that is to run to the end of the program. */
  readonly run: (children: Children) => Promise<boolean>;
  /** For the end of the summary. */
  readonly more?: () => readonly string[];
}

/** One soak from its beginning to its summary. */
export async function soakEventLoop({ things, patience, progress, run, more }: EventLoopSoak): Promise<void> {
  const start = performance.now();
  // With its first stream an event loop opens /dev/null, for when there are no descriptors left (libuv, uv__stream_init).
  Reflect.get(process, 'stdout');
  const descriptors = openDescriptors();
  const children: Children = new Children(patience * 1000, () => progress(children));
  const stopLooking = lookFromEventLoop(children);
  if (!(await run(children))) return;
  stopLooking();
  await turnOfEventLoop(); // the workers are let go, and what a turn puts right is right
  checkLeftovers(descriptors);
  conclude(
    verdict(children.waitedFor, things, performance.now() - start),
    ...(more?.() ?? []),
    `longest child ${children.longestLife.toFixed(0)} ms`,
    `${descriptors.length} descriptors`,
  );
}
