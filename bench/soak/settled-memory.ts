import { check } from './findings';
import { residentMemory } from './leftovers';
import { collectGarbage } from './work';

/** Memory may grow after the first tenth of the forks: by this factor, and so many MB. */
const GROWTH = { factor: 1.5, slack: 32 };

/** Whether the memory of a parent grows with the number of its forks. */
export class SettledMemory {
  /** V8 lets a heap that is allocated from all the time grow for some 2,000 forks (Node 24: 98 MB at first, then 191). */
  private readonly after: number;
  private settled = 0;

  constructor(count: number) {
    this.after = Math.max(Math.ceil(count / 10), Math.min(2000, Math.ceil(count / 2)));
  }

  /** Call after each fork. @param forks how many have been made */
  note(forks: number): void {
    if (forks === this.after) this.settled = residentMemory();
  }

  /** At the end. @returns a line for the summary */
  verdict(): string {
    collectGarbage();
    const memory = residentMemory();
    const limit = this.settled * GROWTH.factor + GROWTH.slack;
    const change = `${this.settled.toFixed(0)} to ${memory.toFixed(0)} MB`;
    check(memory <= limit, `memory has grown from ${change}`);
    return `memory from ${change}`;
  }
}
