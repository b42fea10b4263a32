import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutShell } from '#src/servers/forking/without-shell.js';
import { ownDirectory } from './support/own-directory';

/** Which commands of --exec are started without a shell. */

const own = ownDirectory();

/** A directory of PATH with a program "shout" and a file "text". */
function bin(): string {
  const directory = join(own.path, 'bin');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'shout'), '');
  chmodSync(join(directory, 'shout'), 0o755);
  writeFileSync(join(directory, 'text'), '');
  return directory;
}

test('words of which the first is a program in PATH', () => {
  const directory = bin();
  expect(withoutShell(' shout  -n 5\t./file a@b:1,2+3%4 ', `/nowhere:${directory}`)).toEqual({
    path: join(directory, 'shout'),
    argv: ['shout', '-n', '5', './file', 'a@b:1,2+3%4'],
  });
});

test('a program by its path', () => {
  const shout = join(bin(), 'shout');
  expect(withoutShell(`${shout} -v`, '')).toEqual({ path: shout, argv: [shout, '-v'] });
});

test.each([
  ...['shout "$LINE"', 'shout; shout', 'shout | shout', 'shout >file', 'shout &', 'shout *', 'shout ~', 'shout `id`'],
  ...["shout 'a b'", 'shout "a"', 'shout \\n', 'NAME=value shout', 'shout # and more', '{ shout', '! shout', '(shout)'],
  ...['shout\nshout', 'shout [a]', 'shout a?', 'shout é'],
])('not %j: the shell sees more than words in it', (command) => {
  expect(withoutShell(command, bin())).toBeUndefined();
});

test.each(['no-such-program', 'exit', 'text', '/bin', '', ' '])(
  'not %j: the shell says what is wrong, or knows it',
  (command) => {
    expect(withoutShell(command, bin())).toBeUndefined();
  },
);

test('not one that is found by a relative entry of PATH', () => {
  bin();
  expect(withoutShell('shout', 'bin')).toBeUndefined();
});
