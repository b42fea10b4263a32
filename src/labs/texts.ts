import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from './check';
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

/**
 * Copies a lab's files to a directory, which is made. A file that is there stays as it is.
 * @returns the names of the files that were copied, and of those that were there
 */
export function handOut(lab: Lab, directory: string): { copied: string[]; kept: string[] } {
  mkdirSync(directory, { recursive: true });
  const copied: string[] = [];
  const kept: string[] = [];
  for (const [from, to] of [
    ['README.md', 'README.md'],
    ['starter.ts', lab.file],
    ['faulty.ts', 'faulty.ts'],
  ] as const) {
    const source = join(textsOf(lab), from);
    if (!existsSync(source)) continue; // not every lab has a faulty version
    const target = join(directory, to);
    if (existsSync(target)) {
      kept.push(to);
    } else {
      copyFileSync(source, target);
      copied.push(to);
    }
  }
  return { copied, kept };
}
