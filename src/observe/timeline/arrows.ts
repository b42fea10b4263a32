import type { Known } from './family';
import type { Arrow, Bar, CallBar, HandlerBar, Lane, Place } from './model';

/** What led to what. */

const isSigchldHandler = (bar: Bar): bar is HandlerBar => bar.kind === 'handler' && bar.signal === 'SIGCHLD';

/** The runs of each lane's SIGCHLD handler, in the order of their beginning: a server has thousands, and as many children. */
const known = new WeakMap<Lane, readonly HandlerBar[]>();

function sigchldHandlers(lane: Lane): readonly HandlerBar[] {
  const handlers = known.get(lane) ?? lane.bars.filter(isSigchldHandler);
  known.set(lane, handlers);
  return handlers;
}

/** The place of the first that does not begin before `t`. */
function firstFrom(handlers: readonly HandlerBar[], t: number): number {
  let [low, high] = [0, handlers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((handlers[middle]?.start ?? t) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The run of the parent's handler that the exit led to: the one in which the status was taken; else the first that began after
 * the exit, and before the status was taken.
 */
function handlerFor(exit: number, reap: CallBar | undefined, parent: Lane): HandlerBar | undefined {
  const handlers = sigchldHandlers(parent);
  const from = firstFrom(handlers, exit);
  const first = handlers[from];
  if (reap === undefined || first === undefined) return first;
  for (let at = from; at < handlers.length; ++at) {
    const bar = handlers[at];
    if (bar === undefined || bar.start > reap.start) break;
    if (reap.end <= bar.end) return bar;
  }
  return first.start <= reap.end ? first : undefined;
}

function place(lane: Lane, t: number, bar: Bar | undefined): Place {
  return { lane: lane.id, t, depth: bar?.depth ?? 0 };
}

/** What a child and its parent have to do with one another. */
export function arrowsOf({ history: { fork }, reap, id }: Known, lane: Lane, parent: Lane): Arrow[] {
  const arrows: Arrow[] = [];
  const born = place(lane, lane.start, undefined);
  if (fork !== undefined) {
    // The child may be on its way before fork has returned in the parent.
    const t = Math.max(fork.bar.start, Math.min(fork.bar.end, lane.start));
    arrows.push({ kind: 'fork', from: place(parent, t, fork.bar), to: born, about: id });
  }
  const gone = place(lane, lane.end, undefined);
  const handler = lane.ending?.seen === true ? handlerFor(lane.ending.t, reap?.bar, parent) : undefined;
  if (handler !== undefined) {
    arrows.push({ kind: 'sigchld', from: gone, to: place(parent, handler.start, handler), about: id });
  }
  if (reap !== undefined) {
    const { bar } = reap;
    const from = handler === undefined ? gone : place(parent, handler.start, handler);
    arrows.push({ kind: 'reap', from, to: place(parent, Math.max(from.t, bar.start), bar), about: id });
  }
  return arrows;
}

/** From a kill to the first run of the handler for its signal that began after it: several go to one where signals merged. */
export function signalArrows({ history: { sent } }: Known, sender: Lane, lanes: readonly Lane[]): Arrow[] {
  return sent.flatMap(({ bar, pid, signal }) => {
    const receiver = lanes.find((lane) => lane.pid === pid && lane.start <= bar.end && bar.start <= lane.end);
    const handler = receiver?.bars.find(
      (one) => one.kind === 'handler' && one.signal === signal && one.start >= bar.start,
    );
    if (receiver === undefined || handler === undefined) return [];
    const from = place(sender, Math.min(bar.end, handler.start), bar);
    return [{ kind: 'signal', from, to: place(receiver, handler.start, handler), about: receiver.id }];
  });
}
