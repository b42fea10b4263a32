interface Told {
  at: number;
  /** How often it has happened since. */
  times: number;
  readonly say: (times: number) => void;
}

/** Lets a thing be said once, and then once in a while with the number of times that it happened. */
export class RateLimit {
  private readonly told = new Map<string, Told>();

  /**
   * @param interval between two tellings of the same, in milliseconds
   * @param now milliseconds of any clock that only goes forward
   */
  constructor(
    private readonly interval: number,
    private readonly now: () => number,
  ) {}

  /** Calls `say` now, or when the interval is over: with how often it has happened. */
  note(what: string, say: (times: number) => void): void {
    this.tellDue();
    const last = this.told.get(what);
    if (last !== undefined) {
      last.times += 1;
      return;
    }
    this.told.set(what, { at: this.now(), times: 0, say });
    say(1);
  }

  /** When tellDue has something to do, in the time of `now`. Infinity: never. */
  get due(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const { at, times } of this.told.values()) if (times > 0) due = Math.min(due, at + this.interval);
    return due;
  }

  /** Says what has happened again, and whose interval is over. */
  tellDue(): void {
    if (this.told.size === 0) return;
    const now = this.now();
    for (const [what, last] of this.told) {
      if (now - last.at < this.interval) continue;
      if (last.times === 0) {
        this.told.delete(what);
        continue;
      }
      const { times, say } = last;
      last.at = now;
      last.times = 0;
      say(times);
    }
  }

  /** Says it whether its interval is over or not: nothing will happen any more. */
  tellAll(): void {
    for (const last of this.told.values()) if (last.times > 0) last.say(last.times);
    this.told.clear();
  }
}
