import { _exit, errno, fork } from 'realfork/c';
import { BlockingWait } from './blocking-wait';
import type { Children } from './children';
import { exitStatus } from './ways-out';

/** Children that do nothing: each leaves at once with a status of its own, which its parent looks at. */
export class BareForks {
  /** So far. */
  count = 0;
  private readonly wait: BlockingWait;

  constructor(
    private readonly children: Children,
    private readonly atATime: number,
  ) {
    this.wait = new BlockingWait(children);
  }

  /** Forks `more` children, and waits for them all. @param after called after each fork, with how many there have been */
  run(more: number, after: (count: number) => void = () => {}): void {
    const last = this.count + more;
    while (this.count < last) {
      const pid = fork();
      if (pid === 0) _exit(exitStatus(this.count));
      if (pid === -1) throw new Error(`fork failed, errno ${errno()}`);
      this.children.add(pid, `child ${this.count}`, `exited ${exitStatus(this.count)}`);
      this.count += 1;
      while (this.children.size >= this.atATime) this.wait.forOne();
      after(this.count);
    }
    while (this.children.size > 0) this.wait.forOne();
  }
}
