import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Event, parseEvent } from './events';

interface Waiter {
  readonly check: () => boolean;
  readonly fail: (error: Error) => void;
}

/** The events of a run as they come in, with a way to wait for one. */
export class EventLog {
  readonly events: Event[] = [];
  private waiters: Waiter[] = [];
  private readonly atEnd: (() => void)[] = [];
  private isOver = false;

  /**
   * @param onEvent is given each event; then they are not kept, and none can be waited for
   * @param parse reads a line; undefined: it is none of this run's
   */
  constructor(
    stream: Readable,
    onEvent?: (event: Event) => void,
    parse: (line: string) => Event | undefined = parseEvent,
  ) {
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      const event = parse(line);
      if (event === undefined) return;
      if (onEvent !== undefined) {
        onEvent(event);
        return;
      }
      this.events.push(event);
      this.waiters = this.waiters.filter((waiter) => !waiter.check());
    });
    lines.on('close', () => {
      this.isOver = true;
      for (const resolve of this.atEnd) resolve();
      const left = this.waiters;
      this.waiters = [];
      for (const waiter of left) {
        if (!waiter.check()) waiter.fail(new Error('the processes that were observed have ended'));
      }
    });
  }

  /** When all processes that write to it have ended, and all that they have written is here. */
  ended(): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => void this.atEnd.push(resolve));
  }

  /** The `nth` event (1 is the first) that fits, as soon as it is there. Rejects once none can come. */
  waitFor<Kind extends Event>(fits: (event: Event) => event is Kind, nth?: number): Promise<Kind>;
  waitFor(fits: (event: Event) => boolean, nth?: number): Promise<Event>;
  waitFor(fits: (event: Event) => boolean, nth = 1): Promise<Event> {
    return new Promise((resolve, reject) => {
      const check = (): boolean => {
        const found = this.events.filter(fits)[nth - 1];
        if (found !== undefined) resolve(found);
        return found !== undefined;
      };
      if (check()) return;
      if (this.isOver) reject(new Error('the processes that were observed have ended'));
      else this.waiters.push({ check, fail: reject });
    });
  }
}
