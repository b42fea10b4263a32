import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, InvalidArgumentError } from 'commander';
import { findLab, LAB_NUMBERS } from '../../labs';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { readProgress } from '../../labs/progress';
import { REALFORK } from '../called-as';

/** What the commands of `realfork lab` have in common. */

export function labArgument(): Argument {
  return new Argument('<lab>', `its number: ${LAB_NUMBERS[0]} to ${LAB_NUMBERS.at(-1)}`).argParser((number) => {
    const lab = findLab(number);
    if (lab === undefined) throw new InvalidArgumentError(`There is no lab ${number}: see "${REALFORK} lab".`);
    return lab;
  });
}

/** The student's file: in the directory that is named, or in this one, or in the one that the lab was started in. */
export function fileOf(lab: Lab, directory: string | undefined): string {
  if (directory !== undefined) return resolve(directory, lab.file);
  const started = readProgress()[lab.number]?.directory;
  const places = [resolve(nameOf(lab)), ...(started === undefined ? [] : [started])];
  // Several labs have a server.ts: one is in its lab's directory, or was put there by hand.
  const found = [process.cwd(), ...places].find((place) => existsSync(join(place, lab.file)));
  if (found !== undefined) return join(found, lab.file);
  throw new Error(
    `there is no ${lab.file} here: "${REALFORK} lab start ${lab.number}" makes one, and --dir DIR says where it is`,
  );
}
