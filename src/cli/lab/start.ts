import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { noteProgress } from '../../labs/progress';
import { handOut } from '../../labs/texts';
import { REALFORK } from '../called-as';
import { command } from '../command';
import { labArgument } from './options';

function start(lab: Lab, directory: string = nameOf(lab)): void {
  const place = resolve(directory);
  const { copied, kept } = handOut(lab, place);
  noteProgress(lab.number, { directory: place });
  const shown = relative('.', place) === '' ? '.' : directory;
  for (const name of copied) process.stdout.write(`${shown}/${name}\n`);
  for (const name of kept) process.stdout.write(`${shown}/${name} is there already, and stays as it is\n`);
  process.stdout.write(
    `\nLab ${lab.number}, ${lab.title}. Read ${shown}/README.md, then edit ${shown}/${lab.file}.\n` +
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
    .action(start);
}
