/**
 * Children of child_process beside children of fork(), all of which end at about the same moment.
 *
 *   mixed COUNT PATIENCE-SECONDS
 *
 * Shown: every 'exit' event and every waitpidAsync() comes, with its status, whether or not a handler of SIGCHLD
 * is installed, before libuv installs its own or after that.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { close, fork, pipe, read, SIG_DFL, SIGCHLD, sigaction, write } from 'realfork';
import type { Children } from './children';
import { parentsAlone, parentsStory, soakEventLoop, waitInEventLoop } from './event-loop';
import { check } from './findings';
import { tell } from './messages';
import { exitStatus, type WayOut, wayOut } from './ways-out';

/** When the handler is installed: before the first child is made, or after the last is. */
const ROUNDS = ['none', 'installed before', 'installed after'] as const;

const [count = 0, patience = 30] = process.argv.slice(2).map(Number);
let handlerRuns = 0;
let started = 0;

/** It reaps nothing: whose child it is, is for others to know. */
function installHandler(): void {
  sigaction(SIGCHLD, () => {
    handlerRuns += 1;
  });
}

/** A shell that ends when it has read a line. */
async function spawnOne(children: Children, readfd: number): Promise<void> {
  const status = exitStatus(started);
  const shell = spawn('/bin/sh', ['-c', `read line; exit ${status}`], { stdio: [readfd, 'ignore', 'inherit'] });
  const exit = once(shell, 'exit');
  if (shell.pid !== undefined) children.add(shell.pid, `child ${started}, a shell`, `exited ${status}`);
  const forget = parentsAlone(() => shell.unref());
  const [code, signal] = await exit;
  forget();
  children.ended(shell.pid ?? 0, signal === null ? `exited ${code}` : `killed by ${signal}`);
}

const wayOfThis = (): WayOut => wayOut(Math.floor(started / 2));

function forkOne(children: Children): number {
  const pid = fork();
  const way = wayOfThis();
  if (pid > 0) children.add(pid, `child ${started}, out by ${way.name}`, way.expected(exitStatus(started)));
  return pid;
}

/** In a child of fork(): when it has read a character. */
async function leaveWhenTold(readfd: number): Promise<void> {
  read(readfd, new Uint8Array(1));
  await wayOfThis().leave(exitStatus(started));
}

/** @returns false in a child that is to run to the end of the program */
async function oneRound(children: Children, handler: (typeof ROUNDS)[number]): Promise<boolean> {
  const stories: Promise<void>[] = [];
  const begin = (story: Promise<void>): void => void stories.push(parentsStory(`child ${started}`, story));
  const [readfd, writefd] = pipe();
  handlerRuns = 0;
  if (handler === 'installed before') installHandler();
  for (const last = started + count; started < last; ++started) {
    if (started % 2 === 0) {
      begin(spawnOne(children, readfd));
      continue;
    }
    const pid = forkOne(children);
    if (pid === 0) {
      await leaveWhenTold(readfd);
      return false;
    }
    begin(waitInEventLoop(children, pid));
  }
  if (handler === 'installed after') installHandler();
  write(writefd, '\n'.repeat(count)); // one for each: all of them end now
  await Promise.all(stories);
  close(readfd);
  close(writefd);
  sigaction(SIGCHLD, SIG_DFL);
  check(handlerRuns > 0 || handler === 'none', `the handler of SIGCHLD, ${handler}, never ran`);
  tell({
    kind: 'row',
    cells: [handler, String(Math.ceil(count / 2)), String(Math.floor(count / 2)), String(handlerRuns)],
  });
  return true;
}

void soakEventLoop({
  ...{ things: 'children', patience },
  progress: ({ waitedFor }) => `${waitedFor}/${count * ROUNDS.length} children`,
  async run(children) {
    for (const handler of ROUNDS) {
      if (!(await oneRound(children, handler))) return false;
    }
    return true;
  },
});
