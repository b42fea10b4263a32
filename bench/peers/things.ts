import { getHeapStatistics } from 'node:v8';

const MEGABYTE = 1024 * 1024;

const usedMegabytes = (): number => getHeapStatistics().used_heap_size / MEGABYTE;

interface Thing {
  readonly name: string;
  readonly values: readonly number[];
}

const things: Thing[] = [];

/** Live objects, until V8's heap has so many megabytes. */
export function makeThings(megabytes: number): void {
  while (usedMegabytes() < megabytes) {
    for (let i = 0; i < 1000; ++i) {
      things.push({ name: `thing ${things.length}`, values: Array.from({ length: 50 }, (_, index) => index + 0.5) });
    }
  }
}
