import { programsIn, wrongWith } from './support/labs';

/** What `npm run labs:verify` does five times over, once. Two programs at a time: they wait for events, mostly. */

test.concurrent.each(programsIn('typescript'))(
  'lab $title earns what it should',
  async (program) => expect(await wrongWith(program)).toBeUndefined(),
  600_000,
);
