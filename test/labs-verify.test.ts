import { nameOf } from '#src/labs/check.js';
import { allLabs } from '#src/labs/index.js';
import { checkFile, complaints, fileOf, objection, VERSIONS } from './support/labs';

/** What `npm run labs:verify` does five times over, once. Two programs at a time: they wait for events, mostly. */

const programs = allLabs().flatMap((lab) =>
  VERSIONS.flatMap((version) => {
    const file = fileOf(lab, version);
    return file === undefined ? [] : [{ title: `${nameOf(lab)}, ${version}`, lab, version, file }];
  }),
);

test.concurrent.each(programs)(
  'lab $title earns what it should',
  async ({ lab, version, file }) => {
    // That a starter fails is known from its first test that does.
    const result = await checkFile(lab, file, ...(version === 'starter' ? ['--bail'] : []));
    const wrong = objection(lab, version, result);
    expect(wrong === undefined ? undefined : [wrong, ...complaints(result)].join('\n')).toBeUndefined();
  },
  600_000,
);
