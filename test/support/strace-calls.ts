import { median } from '#src/bench/median.js';

/**
 * Calls of the parent for each fork, and of a child: of the one in the middle, since in a few of them V8 starts threads to
 * compile something.
 * @param trace of strace -f: from a call of the parent on
 */
export function callsOfForks(trace: string): { readonly parent: number; readonly child: number } {
  const counts = new Map<string, number>();
  for (const [, pid = '', call] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    if (call !== 'futex') counts.set(pid, (counts.get(pid) ?? 0) + 1); // helper threads wait all the time
  }
  const forks = [...trace.matchAll(/^(\d+) .*\bclone\(/gm)].length;
  const [ofParent = 0, ...ofChildren] = counts.values();
  return { parent: ofParent / forks, child: median(ofChildren) };
}
