import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from './check';
import { editorConfig } from './editor';
import type { Lab } from './lab';

/** What students get: labs/NN-name/ of this package. */

/** Where a lab's texts are. */
export function textsOf(lab: Lab): string {
  return join(__dirname, '..', '..', 'labs', nameOf(lab));
}

/** hints.md has a heading for each: "## 1". @returns the hints, first the one that tells least */
export function hintsOf(lab: Lab): string[] {
  const text = readFileSync(join(textsOf(lab), 'hints.md'), 'utf8');
  return text
    .split(/^## \d+$/m)
    .slice(1)
    .map((hint) => hint.trim());
}

/** Of its README: links to the documentation hold wherever the directory is. */
function withLinks(readme: string): string {
  return readme.replaceAll('](../../docs/', `](${join(__dirname, '..', '..', 'docs')}/`);
}

/** What a lab's directory is to have, by name: what is written there. */
function filesOf(lab: Lab): [name: string, content: string | Buffer][] {
  const texts = [
    ['starter.ts', lab.file],
    ['faulty.ts', 'faulty.ts'], // not every lab has one
  ] as const;
  return [
    ['README.md', withLinks(readFileSync(join(textsOf(lab), 'README.md'), 'utf8'))],
    ...texts.flatMap(([from, to]): [string, Buffer][] => {
      const source = join(textsOf(lab), from);
      return existsSync(source) ? [[to, readFileSync(source)]] : [];
    }),
    ['tsconfig.json', editorConfig()],
  ];
}

/**
 * Writes a lab's files to a directory, which is made. A file that is there stays as it is.
 * @returns the names of the files that were written, and of those that were there
 */
export function handOut(lab: Lab, directory: string): { copied: string[]; kept: string[] } {
  mkdirSync(directory, { recursive: true });
  const copied: string[] = [];
  const kept: string[] = [];
  for (const [name, content] of filesOf(lab)) {
    const target = join(directory, name);
    if (existsSync(target)) {
      kept.push(name);
    } else {
      writeFileSync(target, content);
      copied.push(name);
    }
  }
  return { copied, kept };
}
