import { readFileSync } from 'node:fs';

/** Between two looks at the clock, in milliseconds. */
const TICK_MS = 250;
/** Of the time for which somebody waited for a processor so much is not counted: a test takes five times as long at most. */
const FORGIVEN = 4 / 5;

/** How long, in milliseconds and since the machine was started, somebody waited for a processor. 0 where that is not told. */
function stalled(): number {
  try {
    return Number(/^some .*total=(\d+)$/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0; // no Linux, or one that does not count it
  }
}

/**
 * Calls `over` after so much time of a machine that has nothing else to do. On one that is busy it takes longer: a program
 * is not to fail because of forty others. Linux, Documentation/accounting/psi.rst. Nor because this process was not
 * scheduled, or the whole machine was not: then a look at the clock comes late.
 * @param budget milliseconds
 * @returns gives it up
 */
export function afterPatience(budget: number, over: () => void): () => void {
  const tick = Math.min(TICK_MS, budget);
  let left = budget;
  let [before, stalledBefore] = [performance.now(), stalled()];
  const timer = setInterval(() => {
    const [now, stalledNow] = [performance.now(), stalled()];
    const passed = now - before;
    left -= passed - FORGIVEN * Math.min(passed, Math.max(stalledNow - stalledBefore, passed - tick));
    [before, stalledBefore] = [now, stalledNow];
    if (left > 0) return;
    clearInterval(timer);
    over();
  }, tick);
  return () => clearInterval(timer);
}
