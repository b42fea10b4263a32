import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { _exit, dup2, fork, kill, SIGKILL, STDERR_FILENO, WEXITSTATUS, waitpid } from 'realfork';

/** How a child ends. */
export interface WayOut {
  readonly name: string;
  /** What its parent must learn from waitpid, in the words of describeStatus. */
  readonly expected: (status: number) => string;
  /** In the child. Where it returns, the child returns from all that the parent was in, to the end of the program. */
  readonly leave: (status: number) => void | Promise<void>;
}

const exited = (status: number): string => `exited ${status}`;

/** What the uncaught errors below would print is of no interest. */
function silence(): void {
  const nowhere = openSync('/dev/null', 'w');
  dup2(nowhere, STDERR_FILENO);
  closeSync(nowhere);
}

const viaExit: WayOut = {
  name: 'process.exit()',
  expected: exited,
  leave: (status) => process.exit(status),
};

const via_exit: WayOut = {
  name: '_exit()',
  expected: exited,
  leave: (status) => _exit(status),
};

const offTheEnd: WayOut = {
  name: 'the end of the program',
  expected: exited,
  leave(status) {
    process.exitCode = status;
  },
};

/** A timer of the event loop, a job of a thread pool that the child has to start anew, promises. */
const afterEventLoop: WayOut = {
  name: 'the end of the program, after its event loop has turned',
  expected: exited,
  async leave(status) {
    await delay(1);
    await readFile('/dev/null');
    process.exitCode = status;
  },
};

const uncaughtError: WayOut = {
  name: 'an uncaught error',
  expected: () => exited(1),
  leave() {
    silence();
    throw new Error('uncaught, as it must be');
  },
};

const unhandledRejection: WayOut = {
  name: 'an unhandled rejection',
  expected: () => exited(1),
  async leave() {
    silence();
    await delay(1);
    throw new Error('unhandled, as it must be');
  },
};

const killed: WayOut = {
  name: 'SIGKILL',
  expected: () => 'killed by SIGKILL',
  leave: () => kill(process.pid, SIGKILL),
};

const grandchild: WayOut = {
  name: 'the status of its own child',
  expected: exited,
  leave(status) {
    const pid = fork();
    if (pid === 0) process.exit(status);
    process.exit(WEXITSTATUS(waitpid(pid).status));
  },
};

/** The usual ways often, the others now and then. */
const CYCLE: readonly WayOut[] = [
  ...[viaExit, via_exit, offTheEnd, viaExit, via_exit, offTheEnd, afterEventLoop],
  ...[viaExit, via_exit, offTheEnd, viaExit, via_exit, offTheEnd, grandchild],
  ...[viaExit, via_exit, offTheEnd, viaExit, via_exit, offTheEnd, killed],
  ...[viaExit, via_exit, offTheEnd, viaExit, via_exit, offTheEnd, uncaughtError],
  ...[viaExit, via_exit, offTheEnd, viaExit, via_exit, offTheEnd, unhandledRejection],
];

/** The way out of the nth child. */
export function wayOut(nth: number): WayOut {
  return CYCLE[nth % CYCLE.length] ?? viaExit;
}

/** Its status: the children before and after it have others. */
export function exitStatus(nth: number): number {
  return nth % 256;
}
