import { existsSync, lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { findLab, LAB_NUMBERS } from '../../labs';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { isThereIn } from '../../labs/languages';
import { readProgress } from '../../labs/progress';
import {
  commandSubmission,
  LAB_JSON,
  LANGUAGE_NAMES,
  LANGUAGES,
  type Language,
  readLabJson,
  type Submission,
} from '../../labs/submission';
import { REALFORK } from '../called-as';

/** What the commands of `realfork lab` have in common. */

export function labArgument(): Argument {
  return new Argument('<lab>', `its number: ${LAB_NUMBERS[0]} to ${LAB_NUMBERS.at(-1)}`).argParser((number) => {
    const lab = findLab(number);
    if (lab === undefined) throw new InvalidArgumentError(`There is no lab ${number}: see "${REALFORK} lab".`);
    return lab;
  });
}

/** Whose texts there are not in each language. */
export const languageOption = (): Option =>
  new Option('-l, --language <language>', 'of the program').choices(LANGUAGES).default('typescript');

/** @throws Error the lab has no texts in that language */
export function mustBeThereIn(lab: Lab, language: Language): void {
  if (isThereIn(lab, language)) return;
  const there = LANGUAGES.filter((one) => isThereIn(lab, one)).map((one) => LANGUAGE_NAMES[one]);
  throw new Error(
    `lab ${lab.number} is there in ${there.join(' and ')}, and not in ${LANGUAGE_NAMES[language]}. Its grader takes a program ` +
      `in any language: ${REALFORK} lab check ${lab.number} -- COMMAND`,
  );
}

/** In the directory that is named; or in this one, in that of the lab's name, or in the one that the lab was started in. */
function placeOf(lab: Lab, directory: string | undefined): string {
  if (directory !== undefined) return resolve(directory);
  const started = readProgress()[lab.number]?.directory;
  const places = [process.cwd(), resolve(nameOf(lab)), ...(started === undefined ? [] : [started])];
  // Several labs have a server.ts: one is in its lab's directory, or was put there by hand.
  const found = places.find((place) => [LAB_JSON, lab.file].some((file) => existsSync(join(place, file))));
  if (found !== undefined) return found;
  throw new Error(
    `there is no ${lab.file} here, and no ${LAB_JSON}: "${REALFORK} lab start ${lab.number}" makes one, and --dir DIR says where it is`,
  );
}

/** There is something of this name, whatever it is. */
const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/** What the student hands in: a command that is named, by lab.json where there is one, or else a file. */
export function submissionOf(lab: Lab, directory: string | undefined, words: readonly string[] = []): Submission {
  const [first, ...rest] = words;
  if (first !== undefined) return commandSubmission([first, ...rest], resolve(directory ?? '.'));
  const place = placeOf(lab, directory);
  return isThere(join(place, LAB_JSON)) ? readLabJson(place) : { kind: 'file', file: join(place, lab.file) };
}
