import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenLeaving } from '../leaving';

/** A new directory, gone when this process has ended. */
export function temporaryDirectory(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  whenLeaving(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
