import { registerAtFork } from '../fork/hooks';

/**
 * What a process has of its children, or of its parent, is not its children's: they would hold the ends of pipes open, and
 * hear, signal and answer for others.
 */

const drops = new Set<() => void>();
let isRegistered = false;

function dropAll(): void {
  const all = [...drops];
  drops.clear();
  for (const drop of all) drop();
}

/**
 * Has `drop` called in each child that is forked from now on, by whomever, right after its fork.
 * @returns takes it back
 */
export function dropInChildren(drop: () => void): () => void {
  if (!isRegistered) {
    isRegistered = true;
    registerAtFork({ afterInChild: dropAll });
  }
  drops.add(drop);
  return () => void drops.delete(drop);
}
