import type { Arrow, Bar, Lane, Timeline } from '../../timeline/model';

/** Anything that can be pointed at, with the process that it is of. */
export type Item =
  | { readonly kind: 'bar'; readonly lane: Lane; readonly bar: Bar }
  | {
      readonly kind: 'zombie';
      readonly lane: Lane;
      readonly start: number;
      readonly end: number;
      readonly until: string;
    }
  | { readonly kind: 'exit'; readonly lane: Lane; readonly t: number; readonly how: string; readonly seen: boolean }
  | { readonly kind: 'arrow'; readonly lane: Lane; readonly arrow: Arrow };

/** A time or a time span that is given in microseconds, in a unit that fits it. */
export function timeText(microseconds: number): string {
  if (Math.abs(microseconds) < 1000) return `${Number(microseconds.toFixed(1))} µs`;
  if (Math.abs(microseconds) < 1e6) return `${Number((microseconds / 1000).toFixed(3))} ms`;
  return `${Number((microseconds / 1e6).toFixed(6))} s`;
}

/** "accept(19) = -1 EINTR" */
export function barText(bar: Bar): string {
  if (bar.kind === 'handler') return `${bar.signal} handler`;
  const result = bar.shown === undefined ? '' : ` = ${bar.shown}${bar.errno === undefined ? '' : ` ${bar.errno}`}`;
  return `${bar.call}(${bar.args})${result}`;
}

/** False for a call or a handler that its process did not come back from while events were recorded. */
export function hasReturned(bar: Bar): boolean {
  return bar.kind === 'handler' ? bar.returned : bar.shown !== undefined;
}

const ARROWS: Readonly<Record<Arrow['kind'], string>> = {
  fork: 'fork made this child',
  signal: 'it was sent a signal, and the handler that ran next',
  sigchld: 'its exit, and the SIGCHLD handler that ran after it',
  reap: 'its status is taken',
};

/** When an item is: from and to, in microseconds of the monotonic clock. */
export function spanOf(item: Item): readonly [number, number] {
  switch (item.kind) {
    case 'bar':
      return [item.bar.start, item.bar.end];
    case 'zombie':
      return [item.start, item.end];
    case 'exit':
      return [item.t, item.t];
    case 'arrow':
      return [item.arrow.from.t, item.arrow.to.t];
  }
}

function headline(item: Item): string {
  switch (item.kind) {
    case 'bar':
      return barText(item.bar);
    case 'zombie':
      return `zombie, ${item.until}`;
    case 'exit':
      return item.seen ? item.how : `${item.how}, as its parent was told`;
    case 'arrow':
      return ARROWS[item.arrow.kind];
  }
}

function remark(item: Item): string {
  return item.kind === 'bar' && !hasReturned(item.bar) ? 'did not return' : '';
}

/** An item in words, line by line: what it is; whose; when and how long. */
export function linesOf(item: Item, { start: origin }: Timeline): readonly string[] {
  const [start, end] = spanOf(item);
  const when =
    start === end
      ? `at ${timeText(start - origin)}`
      : `${timeText(start - origin)} to ${timeText(end - origin)}: ${timeText(end - start)}`;
  const lines = [headline(item), `${item.lane.name}, pid ${item.lane.pid}`, when, remark(item)];
  return lines.filter((line) => line !== '');
}
