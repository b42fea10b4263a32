import type { AggregatedResult, Reporter, TestContext } from '@jest/reporters';
import { grid } from '#src/cli/grid.js';
import { failedRun } from './failed-run';

/** A reporter for Jest: at the end, which tests were skipped, and why. One that gives no reason fails the run. */

const REASON = /\[skipped: (.*?)\]/;
const NO_REASON = 'NO REASON IS GIVEN';

/** The names of what was skipped, by reason. A group that is skipped has the reason in its own name. */
function byReason({ testResults }: AggregatedResult): Map<string, string[]> {
  const skipped = new Map<string, string[]>();
  for (const { testResults: tests } of testResults) {
    for (const { status, fullName } of tests) {
      if (status !== 'pending' && status !== 'todo') continue;
      const reason = REASON.exec(fullName)?.[1] ?? NO_REASON;
      skipped.set(reason, [...(skipped.get(reason) ?? []), fullName.replace(REASON, '').replaceAll(/ +/g, ' ').trim()]);
    }
  }
  return skipped;
}

export default class Skipped implements Reporter {
  private error: Error | undefined;

  /** @param config of the run: `jest -t` leaves out what nobody has skipped */
  constructor(private readonly config: { readonly testNamePattern?: string | undefined }) {}

  onRunComplete(_contexts: Set<TestContext>, results: AggregatedResult): void {
    const skipped = byReason(results);
    if (this.config.testNamePattern) skipped.delete(NO_REASON);
    if (skipped.size === 0) return;
    const rows = [...skipped]
      .sort(([, a], [, b]) => b.length - a.length)
      .flatMap(([reason, names]) =>
        names.map((name, nth) => (nth === 0 ? [reason, String(names.length), name] : ['', '', name])),
      );
    const columns = { head: ['Skipped, as', 'tests', ''], aligns: ['left', 'right', 'left'] } as const;
    process.stderr.write(`\n${grid({ ...columns, isFramed: false }, rows)}\n`);
    const without = skipped.get(NO_REASON);
    if (without !== undefined) this.error = failedRun(`skipped without a reason: ${without.join('; ')}`);
  }

  getLastError(): Error | undefined {
    return this.error;
  }
}
