import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { fileIn } from '../../labs/languages';
import { noteProgress } from '../../labs/progress';
import { LAB_JSON, type Language } from '../../labs/submission';
import { handOut } from '../../labs/texts';
import { REALFORK } from '../called-as';
import { command } from '../command';
import { labArgument, languageOption, mustBeThereIn } from './options';

interface StartLabOptions {
  readonly language: Language;
}

/** Refuses before anything is written. */
function mayStart(lab: Lab, language: Language, place: string): void {
  mustBeThereIn(lab, language);
  if (language === 'typescript' && existsSync(join(place, LAB_JSON))) {
    throw new Error(`${join(place, LAB_JSON)} names a program in another language: name another directory`);
  }
}

function start(lab: Lab, directory: string = nameOf(lab), { language }: StartLabOptions): void {
  const place = resolve(directory);
  mayStart(lab, language, place);
  const { copied, kept } = handOut(lab, language, place);
  noteProgress(lab.number, { directory: place, language });
  const shown = relative('.', place) === '' ? '.' : directory;
  for (const name of copied) process.stdout.write(`${shown}/${name}\n`);
  for (const name of kept) process.stdout.write(`${shown}/${name} is there already, and stays as it is\n`);
  process.stdout.write(
    `\nLab ${lab.number}, ${lab.title}. Read ${shown}/README.md, then edit ${shown}/${fileIn(lab, language)}.\n` +
      `  ${REALFORK} lab check ${lab.number}   how far you are\n` +
      `  ${REALFORK} lab hint ${lab.number}    a hint; again for the next\n`,
  );
}

/** `realfork lab start`: the files of a lab, to work on. */
export function startCommand(): Command {
  return command('start')
    .description('Copy the files of a lab to a directory, and leave what is there as it is')
    .addArgument(labArgument())
    .argument('[dir]', 'the directory, which is made; if not said, one with the name of the lab')
    .addOption(languageOption())
    .action(start);
}
