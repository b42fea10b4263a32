import type { ProcessView } from './types';

/**
 * The processes with these numbers and all that descend from them, parents before their children: also where the number
 * of a child is the lower, as the kernel begins anew after its highest.
 */
export function withDescendants<View extends ProcessView>(all: readonly View[], roots: readonly number[]): View[] {
  const children = new Map<number, View[]>();
  for (const process of all) {
    const siblings = children.get(process.ppid);
    if (siblings === undefined) children.set(process.ppid, [process]);
    else siblings.push(process);
  }
  const withChildren = (found: Map<number, View>, process: View): void => {
    if (found.has(process.pid)) return;
    found.set(process.pid, process);
    for (const child of children.get(process.pid) ?? []) withChildren(found, child);
  };
  const [wanted, found] = [new Map<number, View>(), new Map<number, View>()];
  for (const process of all) if (roots.includes(process.pid)) withChildren(wanted, process);
  // First those whose parent is not wanted. Each other one is below one of them, unless numbers changed hands meanwhile.
  for (const process of wanted.values()) if (!wanted.has(process.ppid)) withChildren(found, process);
  for (const process of wanted.values()) withChildren(found, process);
  return [...found.values()];
}
