import { join } from 'node:path';
import { runCommand } from './support/run-program';

const SOAK = join(__dirname, '..', 'bench', 'soak.js');
/** A child that hangs is looked into with gdb, which takes its time. Milliseconds. */
const PATIENCE = 55_000;

describe('npm run soak, in small', () => {
  test.each([
    ['servers', '40', '40 servers'],
    ['mixed', '20', '60 children'],
    ['busy', '40', '40 forks'],
    ['bare', '400', '400 forks'],
    ['tasks', '150', '150 tasks'],
  ])('%s %s: all as it must be, nothing hangs, nothing is left', async (what, count, things) => {
    const args = ['--enable-source-maps', SOAK, what, '--count', count, '--patience', '10'];
    const { status, stdout, stderr } = await runCommand(process.execPath, args, { patience: PATIENCE });
    expect({ status, stdout, stderr }).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: expect.stringMatching(new RegExp(`^soak: ${things} in .*, 0 wrong, 0 hung;.*: ok$`, 'm')),
    });
  });
});
