import { reports } from './run-program';
import { skippedName } from './systems';

/** What a case asserts; and, if it cannot run everywhere, why not here. */
type Case = string | { readonly asserts: string; readonly skippedBecause: string | undefined };

/**
 * Cases of another project: their behaviour, in code of our own, each named as there. A case is a scenario of a program
 * of test/programs/conformance that asserts what it says, and reports nothing.
 */
export function conformance(origin: string, program: string, cases: Readonly<Record<string, Case>>): void {
  describe(origin, () => {
    for (const [name, is] of Object.entries(cases)) {
      const { asserts, skippedBecause } = typeof is === 'string' ? { asserts: is, skippedBecause: undefined } : is;
      const title = `${name}: ${asserts}`;
      if (skippedBecause !== undefined) test.skip(skippedName(title, skippedBecause), () => {});
      else {
        test(title, async () => {
          expect(await reports(`conformance/${program}`, name)).toEqual([]);
        });
      }
    }
  });
}

export const onLinuxOnly = (asserts: string): Case => ({
  asserts,
  skippedBecause: process.platform === 'linux' ? undefined : 'looks into /proc',
});
