/** Lets a thing be said once, and then once in a while with the number of times that it happened. */
export class RateLimit {
  private readonly since = new Map<string, { at: number; times: number }>();

  /**
   * @param interval between two tellings of the same, in milliseconds
   * @param now milliseconds of any clock that only goes forward
   */
  constructor(
    private readonly interval: number,
    private readonly now: () => number,
  ) {}

  /** Calls `say` now, or not: with how often it has happened since it was said last, this time among them. */
  note(what: string, say: (times: number) => void): void {
    const last = this.since.get(what);
    const now = this.now();
    if (last !== undefined && now - last.at < this.interval) {
      last.times += 1;
      return;
    }
    this.since.set(what, { at: now, times: 0 });
    say((last?.times ?? 0) + 1);
  }
}
