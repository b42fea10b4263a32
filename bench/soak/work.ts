import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = () => void;

/** gc(), without a command-line flag. */
function exposeGc(): Collect {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return gc;
}

/** A full collection: in a child, with none of the threads that V8 has for it. */
export const collectGarbage = exposeGc();

interface Thing {
  readonly name: string;
  readonly values: number[];
  readonly next: Thing | undefined;
}

/** Part of what is allocated stays for a while, so that it is moved, marked and promoted. */
const KEPT = 512;
const kept: (Thing | undefined)[] = new Array<Thing | undefined>(KEPT);
let made = 0;

/** Allocates about so many KiB, most of it garbage at once. */
export function allocate(kilobytes: number): void {
  for (let i = 0; i < kilobytes; ++i) {
    const slot = made++ % KEPT;
    const next = kept[(slot * 7) % KEPT];
    kept[slot] = {
      name: `thing ${made}`,
      values: Array.from({ length: 100 }, (_, index) => index * 1.5),
      next: next?.next === undefined ? next : undefined, // chains of two: what is dropped can be collected
    };
  }
}

/** A loop that is hot enough to be compiled while it runs (on-stack replacement). */
export function hotLoop(turns: number): number {
  let sum = 0;
  for (let i = 0; i < turns; ++i) sum = (sum * 31 + (i ^ (sum >>> 7))) | 0;
  return sum;
}
