import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file whole or not at all. What is there under that name is replaced, not written to: a symbolic link that was
 * put there does not lead to another file.
 */
export function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const partly = `${file}.${process.pid}`;
  writeFileSync(partly, text, { flag: 'wx' });
  renameSync(partly, file);
}
