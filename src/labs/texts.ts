import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nameOf } from './check';
import type { Lab } from './lab';
import { extrasIn, fileIn, readmeIn, sourceIn, textsIn } from './languages';
import type { Language } from './submission';

/** What students get: labs/NN-name/ of this package, and in it a directory for each language but TypeScript. */

/** Where a lab's texts are. */
export function textsOf(lab: Lab): string {
  return join(__dirname, '..', '..', 'labs', nameOf(lab));
}

/** hints.md has a heading for each: "## 1". @returns the hints, first the one that tells least */
export function hintsOf(lab: Lab, language: Language = 'typescript'): string[] {
  const text = readFileSync(join(textsIn(lab, language), 'hints.md'), 'utf8');
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
function filesOf(lab: Lab, language: Language): (readonly [name: string, content: string | Buffer])[] {
  const own = (['starter', 'faulty'] as const).flatMap((version): [string, Buffer][] => {
    const source = sourceIn(lab, language, version); // not every lab has a faulty one
    if (source === undefined) return [];
    const target = version === 'starter' ? fileIn(lab, language) : basename(source);
    return [[target, readFileSync(source)]];
  });
  const readme = readmeIn(language, withLinks(readFileSync(join(textsOf(lab), 'README.md'), 'utf8')));
  return [['README.md', readme], ...own, ...extrasIn(lab, language)];
}

/**
 * Writes a lab's files to a directory, which is made. A file that is there stays as it is.
 * @returns the names of the files that were written, and of those that were there
 */
export function handOut(lab: Lab, language: Language, directory: string): { copied: string[]; kept: string[] } {
  mkdirSync(directory, { recursive: true });
  const copied: string[] = [];
  const kept: string[] = [];
  for (const [name, content] of filesOf(lab, language)) {
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
