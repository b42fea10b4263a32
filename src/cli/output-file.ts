import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Files that a command writes beside what it prints. */

/** Reader of an option's value: before anything is run, whose results would be lost. @param example a name for such a file */
export function outputFile(example: string): (text: string) => string {
  return (text) => {
    const file = resolve(text);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw new InvalidArgumentError(`It is a directory. Name a file in it: ${join(text, example)}`);
    }
    try {
      accessSync(dirname(file), constants.W_OK);
    } catch (error) {
      throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`);
    }
    return text;
  };
}

/** Writes it, and says so. @param use what can be done with it */
export function writeOutput(file: string, text: string, use: string): void {
  writeFileSync(file, text);
  said(file, use);
}

/** On standard error: standard output is for what was found. */
export function said(file: string, use: string): void {
  process.stderr.write(`wrote ${file}: ${use}\n`);
}

export const IN_BROWSER = 'open it in a browser';
