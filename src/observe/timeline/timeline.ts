import type { Event } from '../events';
import type { RecordedRun } from '../recording';
import type { Arrow, Bar, CallBar, Ending, HandlerBar, Lane, Place, Timeline, Zombie } from './model';
import { isBirth, ProcessHistory, type Told } from './process';

/** The histories of all processes, each in the order of its first event. A pid may be used again. */
function histories(events: readonly Event[]): ProcessHistory[] {
  const all: ProcessHistory[] = [];
  const current = new Map<number, ProcessHistory>();
  for (const event of events) {
    let history = current.get(event.pid);
    if (history === undefined || isBirth(event)) {
      history = new ProcessHistory(event.pid, event.t);
      current.set(event.pid, history);
      all.push(history);
    }
    history.take(event);
  }
  return all;
}

/** Makes known whose child each is, and adds those that have no event of their own: killed at once, or not traced. */
function connect(all: ProcessHistory[]): void {
  const byPid = new Map<number, ProcessHistory[]>();
  for (const history of all) byPid.set(history.pid, [...(byPid.get(history.pid) ?? []), history]);
  for (const parent of [...all]) {
    for (const fork of parent.forks) {
      let child = byPid.get(fork.pid)?.find((one) => one.fork === undefined && one !== parent);
      if (child === undefined) {
        child = new ProcessHistory(fork.pid, fork.bar.end);
        all.push(child);
      }
      child.parent = parent;
      child.fork = fork;
    }
  }
}

/** A process with what its parent knows of it. */
interface Known {
  readonly history: ProcessHistory;
  readonly id: number;
  readonly name: string;
  readonly reap: Told | undefined;
  readonly ending: Ending | undefined;
}

function endingOf(history: ProcessHistory, reap: Told | undefined): Ending | undefined {
  if (history.exit !== undefined) return { ...history.exit, seen: true };
  return reap === undefined ? undefined : { t: reap.bar.end, how: reap.status, seen: false };
}

/** Parents before their children, with the names that they are shown by. */
function inOrder(all: readonly ProcessHistory[]): Known[] {
  const childrenOf = new Map<ProcessHistory | undefined, ProcessHistory[]>();
  for (const one of all) childrenOf.set(one.parent, [...(childrenOf.get(one.parent) ?? []), one]);
  const known: Known[] = [];
  function add(history: ProcessHistory, name: string): void {
    const reap = history.parent?.reaps.find(({ pid, bar }) => pid === history.pid && bar.end >= history.start);
    const shown = history.role ?? name;
    known.push({ history, id: known.length, name: shown, reap, ending: endingOf(history, reap) });
    const children = (childrenOf.get(history) ?? []).toSorted((one, other) => one.start - other.start);
    const prefix = history.parent === undefined || history.role !== undefined ? 'child ' : `${name}.`;
    for (const [index, child] of children.entries()) add(child, `${prefix}${index + 1}`);
  }
  for (const root of childrenOf.get(undefined) ?? []) add(root, root.listens ? 'server' : 'process');
  return known;
}

function zombieOf({ reap, ending }: Known, parent: Known | undefined, endOfRun: number): Zombie | undefined {
  if (ending?.seen !== true || parent === undefined || parent.history.discardsChildren(ending.t)) return undefined;
  // An orphan is init's, which leaves no zombies.
  const orphaned = parent.ending?.seen === true ? parent.ending.t : Number.POSITIVE_INFINITY;
  if (orphaned <= ending.t) return undefined;
  const start = ending.t;
  if (reap !== undefined) return { start, end: Math.max(start, reap.bar.end), until: 'reaped' };
  if (orphaned < endOfRun) return { start, end: orphaned, until: 'parent ended' };
  return { start, end: endOfRun, until: 'end of run' };
}

function laneOf(known: Known, parent: Known | undefined, endOfRun: number): Lane {
  const { history, id, name, ending } = known;
  const end = ending?.t ?? endOfRun;
  history.finish(end);
  const { pid, start, bars } = history;
  return {
    ...{ id, pid, name, parent: parent?.id, start, end, ending, bars },
    zombie: zombieOf(known, parent, endOfRun),
    rows: bars.reduce((most, bar) => Math.max(most, bar.depth + 1), 1),
  };
}

const isSigchldHandler = (bar: Bar): bar is HandlerBar => bar.kind === 'handler' && bar.signal === 'SIGCHLD';

/**
 * The run of the parent's handler that the exit led to: the one in which the status was taken; else the first that began after
 * the exit, and before the status was taken.
 */
function handlerFor(exit: number, reap: CallBar | undefined, parent: Lane): HandlerBar | undefined {
  const after = parent.bars.filter(isSigchldHandler).filter((bar) => bar.start >= exit);
  if (reap === undefined) return after[0];
  const around = after.find((bar) => bar.start <= reap.start && reap.end <= bar.end);
  return around ?? after.find((bar) => bar.start <= reap.end);
}

function place(lane: Lane, t: number, bar: Bar | undefined): Place {
  return { lane: lane.id, t, depth: bar?.depth ?? 0 };
}

function arrowsOf({ history: { fork }, reap, id }: Known, lane: Lane, parent: Lane): Arrow[] {
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
function signalArrows({ history: { sent } }: Known, sender: Lane, lanes: readonly Lane[]): Arrow[] {
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

/** What the events of a run show: who made whom, what each was doing when, and how it ended. */
export function timelineOf({ title, events }: RecordedRun): Timeline {
  const times = events.map((event) => event.t);
  // Not Math.min(...times): a long run has more events than a call may have arguments.
  const start = times.reduce((least, t) => Math.min(least, t), times[0] ?? 0);
  const end = times.reduce((most, t) => Math.max(most, t), start);
  const all = histories(events);
  connect(all);
  const known = inOrder(all);
  const parents = known.map(({ history }) => known.find((one) => one.history === history.parent));
  const lanes = known.map((one, index) => laneOf(one, parents[index], end));
  const arrows = known.flatMap((one, index) => {
    const [lane, parent] = [lanes[index], lanes[parents[index]?.id ?? -1]];
    if (lane === undefined) return [];
    return [...(parent === undefined ? [] : arrowsOf(one, lane, parent)), ...signalArrows(one, lane, lanes)];
  });
  return { title, start, end, lanes, arrows };
}
