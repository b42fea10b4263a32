import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for each test of a file, gone after it. Call where the tests are described. */
export interface OwnDirectory {
  readonly path: string;
  /** Writes a file there. @returns its path */
  file(name: string, text: string): string;
}

export function ownDirectory(): OwnDirectory {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'realfork-files-'));
  });
  afterEach(() => rmSync(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
    file(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
