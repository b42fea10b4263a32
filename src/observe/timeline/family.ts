import type { Event } from '../events';
import type { Ending } from './model';
import { isBirth, ProcessHistory, type Told } from './process';

/** Which processes there were, and which is whose child. */

/** Of a lane, in characters. */
const LONGEST_NAME = 40;

/** The histories of all processes, each in the order of its first event. A pid may be used again. */
export function histories(events: readonly Event[]): ProcessHistory[] {
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
export function connect(all: ProcessHistory[]): void {
  const byPid = new Map<number, ProcessHistory[]>();
  for (const history of all) byPid.set(history.pid, [...(byPid.get(history.pid) ?? []), history]);
  for (const parent of [...all]) {
    for (const fork of parent.forks) {
      // A pid may be used again: not one that was there before its fork began.
      let child = byPid.get(fork.pid)?.find((one) => one.fork === undefined && one.start >= fork.bar.start);
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
export interface Known {
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

/** "child 1.1.1.2", and of the depths of a long chain of forks only the end. */
function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `child …${name.slice(-LONGEST_NAME / 2)}` : name;
}

/** Parents before their children, with the names that they are shown by. */
export function inOrder(all: readonly ProcessHistory[]): Known[] {
  const childrenOf = new Map<ProcessHistory | undefined, ProcessHistory[]>();
  for (const one of all) {
    const siblings = childrenOf.get(one.parent);
    if (siblings === undefined) childrenOf.set(one.parent, [one]);
    else siblings.push(one);
  }
  const known: Known[] = [];
  const roots = childrenOf.get(undefined) ?? [];
  const next = roots.map((history) => ({ history, name: history.listens ? 'server' : 'process' })).reverse();
  // Not by recursion: a chain of forks may be longer than the stack is deep.
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    const { history, name } = one;
    const reap = history.parent?.reapsOf(history.pid).find(({ bar }) => bar.end >= history.start);
    const shown = history.role ?? name;
    known.push({ history, id: known.length, name: shown, reap, ending: endingOf(history, reap) });
    const children = (childrenOf.get(history) ?? []).toSorted((first, other) => first.start - other.start);
    const prefix = history.parent === undefined || history.role !== undefined ? 'child ' : `${shortened(name)}.`;
    next.push(...children.map((child, index) => ({ history: child, name: `${prefix}${index + 1}` })).reverse());
  }
  return known;
}
