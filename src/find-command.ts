import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Commands as a shell finds them. */

/** A file that can be executed. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not to be run
  }
}

/** Where a command may be: its path, if it has one, or its places in PATH. An empty entry there is the directory one is in. */
export function placesOf(command: string): string[] {
  if (command.includes('/')) return [command];
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder === '' ? '.' : folder, command));
}

/** The file of the first of these commands that there is. */
export function findCommand(...names: readonly string[]): string | undefined {
  return names.flatMap(placesOf).find(isProgram);
}
