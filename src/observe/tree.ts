import type { ProcessView } from './types';

/** The processes with these numbers and all that descend from them, parents before their children. */
export function withDescendants<View extends ProcessView>(all: readonly View[], roots: readonly number[]): View[] {
  const children = new Map<number, View[]>();
  for (const process of all) {
    const siblings = children.get(process.ppid);
    if (siblings === undefined) children.set(process.ppid, [process]);
    else siblings.push(process);
  }
  const found = new Map<number, View>();
  const add = (process: View): void => {
    if (found.has(process.pid)) return;
    found.set(process.pid, process);
    for (const child of children.get(process.pid) ?? []) add(child);
  };
  for (const process of all) if (roots.includes(process.pid)) add(process);
  return [...found.values()];
}
