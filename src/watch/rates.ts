import type { Event } from '../observe/events';

/** What is counted of the events of a server. */
export const COUNTED = ['forks', 'reaped', 'EINTR', 'went on'] as const;

export type CountedThing = (typeof COUNTED)[number];

export interface Count {
  readonly total: number;
  /** In the time since the count before this one. */
  readonly perSecond: number;
}

export type Counts = Readonly<Record<CountedThing, Count>>;

const none = (): Record<CountedThing, number> => ({ forks: 0, reaped: 0, EINTR: 0, 'went on': 0 });

/**
 * Counts, from the events of a run: forks, children reaped, calls that failed with EINTR, and calls in which a handler
 * ran and which went on: restarted by the kernel, unless the signal had come just before the call.
 */
export class Rates {
  private readonly totals = none();
  private before = none();
  /** Processes that are in a call in which a handler has run, and the number of the count before which that was. */
  private readonly handled = new Map<number, number>();
  private counts = 0;

  add(event: Event): void {
    switch (event.kind) {
      case 'enter':
        this.handled.delete(event.pid);
        return;
      case 'signal':
        // The handler's own calls come and go in between: what counts is that it has returned.
        if (event.phase === 'return') this.handled.set(event.pid, this.counts);
        return;
      case 'call':
        this.returned(event.pid, event);
        return;
      case 'listening':
      case 'role':
      case 'note':
        return;
      case 'exit':
      case 'killed':
        this.handled.delete(event.pid);
        return;
    }
  }

  private returned(pid: number, { call, result = 0, errno }: { call: string; result?: number; errno?: string }): void {
    if (call === 'fork' && result > 0) ++this.totals.forks;
    if ((call === 'wait' || call === 'waitpid') && result > 0) ++this.totals.reaped;
    if (errno === 'EINTR') ++this.totals.EINTR;
    else if (this.handled.has(pid)) ++this.totals['went on'];
    this.handled.delete(pid);
  }

  /**
   * A call that does not return after the handler has gone on. It is told from one whose EINTR is on its way by the time
   * between two counts.
   */
  private countThoseThatStay(): void {
    for (const [pid, when] of this.handled) {
      if (when === this.counts) continue;
      ++this.totals['went on'];
      this.handled.delete(pid);
    }
    ++this.counts;
  }

  /** @param seconds since it was last called */
  count(seconds: number): Counts {
    this.countThoseThatStay();
    const before = this.before;
    this.before = { ...this.totals };
    const of = (thing: CountedThing): Count => ({
      total: this.totals[thing],
      perSecond: (this.totals[thing] - before[thing]) / seconds,
    });
    return { forks: of('forks'), reaped: of('reaped'), EINTR: of('EINTR'), 'went on': of('went on') };
  }
}
