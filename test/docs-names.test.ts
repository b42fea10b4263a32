import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPERIMENTS } from '#src/experiments/index.js';
import { SERVERS } from '#src/servers/index.js';

/** Names of experiments and servers in the texts are those of commands that there are. */

const ROOT = join(__dirname, '..', '..');

const TEXTS: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name)),
  ...readdirSync(join(ROOT, 'labs')).flatMap((name) => (/^\d/.test(name) ? [join('labs', name, 'README.md')] : [])),
].filter((path) => path.endsWith('.md'));

/** A word in capitals stands for any name. */
const PLACEHOLDER = /^[A-Z]+$/;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  experiment: [...Object.keys(EXPERIMENTS), 'all'],
  serve: [...Object.keys(SERVERS), 'forking'],
};

function unknown(text: string): string[] {
  return [...text.matchAll(/realfork (experiment|serve) ([\w.-]*\w)/g)].flatMap(([all, command = '', name = '']) =>
    PLACEHOLDER.test(name) || NAMES[command]?.includes(name) === true ? [] : [all],
  );
}

test.each(TEXTS)('%s', (path) => {
  expect(unknown(readFileSync(join(ROOT, path), 'utf8'))).toEqual([]);
});

test('one that there is not is found', () => {
  expect(unknown('`realfork serve figure-4.14` and `realfork experiment zombies`')).toEqual([
    'realfork serve figure-4.14',
  ]);
});
