import type { RecordedRun } from '../recording';
import { arrowsOf, signalArrows } from './arrows';
import { connect, histories, inOrder, type Known } from './family';
import type { Lane, Timeline, Zombie } from './model';

function zombieOf({ reap, ending }: Known, parent: Known | undefined, endOfRun: number): Zombie | undefined {
  if (ending?.seen !== true || parent === undefined || parent.history.discardsChildren(ending.t)) return undefined;
  const start = ending.t;
  if (reap !== undefined) return { start, end: Math.max(start, reap.bar.end), until: 'reaped' };
  if (parent.ending === undefined) return { start, end: endOfRun, until: 'end of run' };
  // An orphan is init's, which leaves no zombies; and when a parent was killed, and its children became orphans, is not known.
  if (!parent.ending.seen || parent.ending.t <= start) return undefined;
  return { start, end: parent.ending.t, until: 'parent ended' };
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

/** What the events of a run show: who made whom, what each was doing when, and how it ended. */
export function timelineOf({ title, events }: RecordedRun): Timeline {
  const times = events.map((event) => event.t);
  // Not Math.min(...times): a long run has more events than a call may have arguments.
  const start = times.reduce((least, t) => Math.min(least, t), times[0] ?? 0);
  const end = times.reduce((most, t) => Math.max(most, t), start);
  const all = histories(events);
  connect(all);
  const known = inOrder(all);
  const byHistory = new Map(known.map((one) => [one.history, one]));
  const parents = known.map(({ history }) =>
    history.parent === undefined ? undefined : byHistory.get(history.parent),
  );
  const lanes = known.map((one, index) => laneOf(one, parents[index], end));
  const arrows = known.flatMap((one, index) => {
    const [lane, parent] = [lanes[index], lanes[parents[index]?.id ?? -1]];
    if (lane === undefined) return [];
    return [...(parent === undefined ? [] : arrowsOf(one, lane, parent)), ...signalArrows(one, lane, lanes)];
  });
  return { title, start, end, lanes, arrows };
}
