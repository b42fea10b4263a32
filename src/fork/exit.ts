import { native } from '../native';

/** Looked up here: a rehearsal does not come to it, so each child would. */
const { _exit } = native;

let inChild = false;

/** Called on both sides of every fork, so that no child is the first to run it. */
export function noteSide(pid: number): void {
  inChild ||= pid === 0;
}

const { exit: exitOfNode } = process;

/** Node's own listener, there while an ES module runs: process.exit() takes it away first. */
const NODES_LISTENER = 'handleProcessExit';

/** Whether the program listens to 'exit'. */
export const listensToExit = (): boolean => process.listeners('exit').some(({ name }) => name !== NODES_LISTENER);

/** Whether process.exit() would run nothing of the program's before it ends the process. In one function: each child calls it. */
function nothingRunsAtExit(): boolean {
  if (process.exit !== exitOfNode) return false;
  const isNone = process.listenerCount('exit') === 0; // the list would be copied
  return isNone || !listensToExit();
}

const REHEARSED = Symbol('where the process would end');
let rehearsing = false;

/** Whether that is what exit() has thrown: not for those who handle errors of 'exit' listeners. */
export const isRehearsal = (error: unknown): boolean => error === REHEARSED;

/**
 * exit(3): process.exit(). In a child where that has nothing to run it ends in _exit(2) at once, not by way of code
 * of Node's that each child would be the first to run.
 */
export function exit(status: number): never {
  if (rehearsesEnd(status)) throw REHEARSED;
  return undefined as never; // a process.exit() of the program's own has come back
}

/** @returns whether it is a rehearsal: V8 gives no inline caches to a function that never returns */
function rehearsesEnd(status: number): boolean {
  const atOnce = nothingRunsAtExit() && inChild;
  if (rehearsing) return true;
  if (atOnce) _exit(status);
  process.exit(status);
  return false;
}

/** Runs exit() up to where it would end the process. @param run what calls it */
export function rehearseExit(run: (status: number) => never = exit): void {
  const before = rehearsing;
  rehearsing = true;
  try {
    run(0);
  } catch (error) {
    if (!isRehearsal(error)) throw error;
  } finally {
    rehearsing = before;
  }
}
