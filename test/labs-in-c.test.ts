import { checkCommand, complaints, programsIn, unusualSolutions, wrongWith } from './support/labs';
import { describeWithStraceAndCc } from './support/systems';

/** The labs in C: what `lab start` gives, what solves it, and what solves it in a way that nobody has thought of. */

describeWithStraceAndCc()('labs in C', () => {
  test.concurrent.each(programsIn('c'))(
    '$title: it earns what it should',
    async (program) => expect(await wrongWith(program)).toBeUndefined(),
    600_000,
  );

  test.concurrent.each(unusualSolutions())(
    '$title: a right solution has all points, however it is written',
    async ({ lab, file }) => {
      const result = await checkCommand(lab, file);
      expect(complaints(result)).toEqual([]);
      expect(result).toMatchObject({ earned: 10, points: 10 });
    },
    600_000,
  );
});
