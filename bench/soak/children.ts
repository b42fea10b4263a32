import { describeStatus } from 'realfork';
import { alarm, EINTR, errno, getppid, SIGALRM, sigaction, waitpid } from 'realfork/c';
import { tell } from './messages';
import type { WayOut } from './ways-out';

interface Child {
  readonly nth: number;
  readonly way: WayOut;
  readonly expected: string;
  readonly started: number;
  reported: boolean;
}

/** The children that have not been waited for, and what has been seen of those that have. */
export class Children {
  wrong = 0;
  hung = 0;
  /** Milliseconds. */
  longestLife = 0;
  private readonly living = new Map<number, Child>();
  private readonly parent = getppid();
  private lookDue = false;

  /**
   * @param patience milliseconds that a child may take
   * @param progress what to say once a second
   */
  constructor(
    private readonly patience: number,
    private readonly progress: () => string,
  ) {
    // Without SA_RESTART: once a second a waitpid() that is blocked comes back, whatever the children do.
    sigaction(SIGALRM, () => {
      this.lookDue = true;
    });
    alarm(1);
  }

  get size(): number {
    return this.living.size;
  }

  add(pid: number, nth: number, way: WayOut, expected: string): void {
    this.living.set(pid, { nth, way, expected, started: performance.now(), reported: false });
  }

  /** Waits for one child and looks at its status. */
  waitForOne(): void {
    for (;;) {
      const { pid, status } = waitpid(-1);
      const error = errno();
      if (this.lookDue) this.look();
      if (pid > 0) {
        this.ended(pid, status);
        return;
      }
      if (error !== EINTR) throw new Error(`waitpid(-1) failed (errno ${error}) with ${this.size} children left`);
    }
  }

  private ended(pid: number, status: number): void {
    const child = this.living.get(pid);
    this.living.delete(pid);
    const seen = describeStatus(status);
    if (child === undefined) {
      this.say(`waitpid gave ${pid}, ${seen}, which is no child of this process`);
      return;
    }
    this.longestLife = Math.max(this.longestLife, performance.now() - child.started);
    if (seen !== child.expected) {
      this.say(`child ${child.nth} (${pid}), out by ${child.way.name}: ${seen}, expected: ${child.expected}`);
    }
  }

  private say(text: string): void {
    this.wrong += 1;
    tell({ kind: 'wrong', text });
  }

  private look(): void {
    this.lookDue = false;
    alarm(1);
    if (getppid() !== this.parent) process.kill(0, 'SIGKILL'); // nobody is watching: leave nothing behind
    tell({ kind: 'progress', text: this.progress() });
    const now = performance.now();
    for (const [pid, child] of this.living) {
      if (child.reported || now - child.started < this.patience) continue;
      child.reported = true;
      this.hung += 1;
      const seconds = Math.round(this.patience / 1000);
      tell({
        ...{ kind: 'hung', pid },
        text: `child ${child.nth} (${pid}), out by ${child.way.name}, not done in ${seconds} s`,
      });
    }
  }
}
