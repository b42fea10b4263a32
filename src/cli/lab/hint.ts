import type { Command } from 'commander';
import type { Lab } from '../../labs/lab';
import { noteProgress, readProgress } from '../../labs/progress';
import { hintsOf } from '../../labs/texts';
import { REALFORK } from '../called-as';
import { command } from '../command';
import { wholeNumber } from '../options';
import { labArgument } from './options';

const LEVELS = 3;

function hint(lab: Lab, { level }: { readonly level?: number }): void {
  const { language = 'typescript', hints: shown = 0 } = readProgress()[lab.number] ?? {};
  const hints = hintsOf(lab, language);
  const now = level ?? Math.min(shown + 1, hints.length);
  const more =
    now < hints.length ? `There is a plainer one: ${REALFORK} lab hint ${lab.number}` : 'This is the last one.';
  process.stdout.write(`Hint ${now} of ${hints.length} for lab ${lab.number}:\n\n${hints[now - 1]}\n\n${more}\n`);
  if (now > shown) noteProgress(lab.number, { hints: now });
}

/** `realfork lab hint`: one after the other, each telling more. */
export function hintCommand(): Command {
  return command('hint')
    .description('Show a hint; each time the next one, which tells more')
    .addArgument(labArgument())
    .option('--level <number>', 'this one, and not the next', wholeNumber(1, LEVELS))
    .action(hint);
}
