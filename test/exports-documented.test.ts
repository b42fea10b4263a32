import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Public text is what editors show: from the declarations that tsc makes. */
const DIST = join(__dirname, '..', '..', 'dist');

/** What is declared in a line whose line before does not end a comment. */
function undocumented(file: string, declaration: RegExp): string[] {
  const lines = readFileSync(join(DIST, file), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const name = declaration.exec(line)?.[1];
    const before = lines[at - 1] ?? '';
    /* The second and third form of an overloaded function have the text of the first. */
    const isAnotherForm = name !== undefined && before.trim().startsWith(`${name}(`);
    return name === undefined || before.trim().endsWith('*/') || isAnotherForm ? [] : [name];
  });
}

test.each(['index.d.ts', 'c.d.ts', 'wait-status.d.ts', 'signal-names.d.ts', 'waitpid-async.d.ts'])(
  '%s: each function that is exported is documented',
  (file) => {
    expect(undocumented(file, /^export declare (?:const|function) (\w+)/)).toEqual([]);
  },
);

const OF_CHILDREN = readdirSync(join(DIST, 'children'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.d.ts') && name !== 'index.d.ts');

test.each(OF_CHILDREN)('children/%s: each function and class that is exported is documented', (file) => {
  const declaration = /^export declare (?:const|(?:async )?function\*?|(?:abstract )?class) (\w+)/;
  expect(undocumented(join('children', file), declaration)).toEqual([]);
});

test('docs/children.md names all that realfork/children exports', () => {
  const text = readFileSync(join(DIST, '..', 'docs', 'children.md'), 'utf8');
  const exported = Object.keys(require('realfork/children') as object);
  expect(exported.filter((name) => !text.includes(name))).toEqual([]);
});

const FAMILIES = readdirSync(join(DIST, 'posix')).filter((name) => name.endsWith('.d.ts') && name !== 'index.d.ts');

test.each(FAMILIES)('posix/%s: so is each call', (file) => {
  expect(undocumented(join('posix', file), /^ {4}(\w+)\(/)).toEqual([]);
});
