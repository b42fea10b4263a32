import { join } from 'node:path';
import { describeStatus, execve } from 'realfork';
import { EINTR, errno, waitpid } from 'realfork/c';
import { Close, Fork, Pipe, Readline, Writen } from 'realfork/unp';
import type { BareForks } from './bare-forks';
import { check } from './findings';
import { TOLERANCE, WINDOW } from './pace';

/** Forks are compared in turns of so many: both have the machine as it is in the same seconds. */
const TURN = 500;

/** A new process that runs newcomer.ts, and its ends of two pipes. */
class Newcomer {
  private readonly pid: number;
  private readonly ask: number;
  private readonly hear: number;

  constructor(...args: readonly number[]) {
    const [readFrom, ask] = Pipe();
    const [hear, writeTo] = Pipe();
    this.pid = Fork();
    if (this.pid === 0) {
      Close(ask); // else it never reads the end of file
      Close(hear);
      const own = [...args, readFrom, writeTo].map(String);
      execve(process.execPath, [process.execPath, ...process.execArgv, join(__dirname, 'newcomer.js'), ...own]);
    }
    Close(readFrom);
    Close(writeTo);
    [this.ask, this.hear] = [ask, hear];
  }

  /** @returns the milliseconds that it took */
  run(forks: number): number {
    Writen(this.ask, `${forks}\n`);
    return Number(Readline(this.hear));
  }

  /** Waits for its end. @returns in the words of describeStatus */
  leave(): string {
    Close(this.ask);
    Close(this.hear);
    for (;;) {
      const { pid, status } = waitpid(this.pid);
      if (pid === this.pid) return describeStatus(status);
      if (errno() !== EINTR) throw new Error(`waitpid(${this.pid}) failed, errno ${errno()}`); // SIGALRM: BlockingWait
    }
  }
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Ten thousand forks more of a process that has made very many, beside the first ten thousand of a new process that
 * does the same. On a machine that other things run on too, what was measured half an hour ago says little of this
 * process; what a new one gets now does.
 * @param args of newcomer.ts
 * @returns a line for the summary
 */
export function besideNewcomer(veteran: BareForks, ...args: readonly number[]): string {
  const newcomer = new Newcomer(...args);
  newcomer.run(1); // it is there
  let [old, young] = [0, 0];
  for (let forks = 0; forks < WINDOW; forks += TURN) {
    young += newcomer.run(TURN);
    old += milliseconds(() => veteran.run(TURN));
  }
  const end = newcomer.leave();
  check(end === 'exited 0', `the newcomer ${end}`);
  const slower = (old / young - 1) * 100;
  const rate = (time: number): string => `${((WINDOW * 1000) / time).toFixed(0)}/s`;
  check(slower <= TOLERANCE * 100, `it is ${slower.toFixed(1)} % slower than a new process`);
  return `${WINDOW} more at ${rate(old)} beside a new process's first at ${rate(young)}`;
}
