import type { Pid } from '../../signalling';

/** Until when, for each process. Milliseconds of the server's clock. */
export class Deadlines {
  private readonly of = new Map<Pid, number>();
  /** Not later than the earliest of them: what is taken away leaves it as it is. */
  private earliest = Number.POSITIVE_INFINITY;

  set(pid: Pid, at: number): void {
    this.of.set(pid, at);
    this.earliest = Math.min(this.earliest, at);
  }

  delete(pid: Pid): void {
    this.of.delete(pid);
    if (this.of.size === 0) this.earliest = Number.POSITIVE_INFINITY;
  }

  has(pid: Pid): boolean {
    return this.of.has(pid);
  }

  /** When to look again at the latest; Infinity: never. */
  get next(): number {
    return this.earliest;
  }

  /** Those whose time is over, who are taken away. */
  due(now: number): Pid[] {
    if (now < this.earliest) return [];
    const over = [...this.of].filter(([, at]) => at <= now).map(([pid]) => pid);
    for (const pid of over) this.of.delete(pid);
    this.earliest = Math.min(...this.of.values());
    return over;
  }
}
