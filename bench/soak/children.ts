import { getppid } from 'realfork/c';
import { complain, reportHung } from './findings';
import { tell } from './messages';

interface Child {
  /** In messages: "child 7, out by SIGKILL". */
  readonly name: string;
  readonly expected: string;
  readonly started: number;
  reported: boolean;
}

/** The children that have not been waited for, and what has been seen of those that have. */
export class Children {
  waitedFor = 0;
  /** Milliseconds. */
  longestLife = 0;
  private readonly living = new Map<number, Child>();
  private readonly parent = getppid();

  /**
   * @param patience milliseconds that a child may take
   * @param progress what to say at each look
   */
  constructor(
    private readonly patience: number,
    private readonly progress: () => string,
  ) {}

  get size(): number {
    return this.living.size;
  }

  add(pid: number, name: string, expected: string): void {
    this.living.set(pid, { name, expected, started: performance.now(), reported: false });
  }

  /** @param seen in the words of describeStatus */
  ended(pid: number, seen: string): void {
    const child = this.living.get(pid);
    this.living.delete(pid);
    this.waitedFor += 1;
    if (child === undefined) {
      complain(`the end of ${pid}, ${seen}, is that of no child of this process`);
      return;
    }
    this.longestLife = Math.max(this.longestLife, performance.now() - child.started);
    if (seen !== child.expected) complain(`${child.name} (${pid}): ${seen}, expected: ${child.expected}`);
  }

  /** To be called once a second: says how far this is, and which children are not done. */
  look(): void {
    if (getppid() !== this.parent) process.kill(0, 'SIGKILL'); // nobody is watching: leave nothing behind
    tell({ kind: 'progress', text: this.progress() });
    const now = performance.now();
    for (const [pid, child] of this.living) {
      if (child.reported || now - child.started < this.patience) continue;
      child.reported = true;
      reportHung(pid, `${child.name} (${pid}) not done in ${Math.round(this.patience / 1000)} s`);
    }
  }
}
