import { readFileSync } from 'node:fs';

/** How many threads the whole machine has, where that is told at once: of /proc/loadavg "0.20 0.18 0.12 1/80 11206" the 80. */
export function threadsOfMachine(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return Number(/\/(\d+) /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1]);
}
