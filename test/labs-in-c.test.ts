import { nameOf } from '#src/labs/check.js';
import { allLabs } from '#src/labs/index.js';
import { checkCommand, checkFile, complaints, fileOf, objection, unusualSolutions, VERSIONS } from './support/labs';
import { describeWithStraceAndCc } from './support/systems';

/** The labs in C: what `lab start` gives, what solves it, and what solves it in a way that nobody has thought of. */

describeWithStraceAndCc()('labs in C', () => {
  const programs = allLabs().flatMap((lab) =>
    VERSIONS.flatMap((version) => {
      const file = fileOf(lab, version, 'c');
      return file === undefined ? [] : [{ title: `${nameOf(lab)}, ${version}`, lab, version, file }];
    }),
  );

  test.concurrent.each(programs)(
    '$title: it earns what it should',
    async ({ lab, version, file }) => {
      const result = await checkFile(lab, file, ...(version === 'starter' ? ['--bail'] : []));
      const wrong = objection(lab, version, result);
      expect(wrong === undefined ? undefined : [wrong, ...complaints(result)].join('\n')).toBeUndefined();
    },
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
