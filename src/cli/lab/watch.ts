import { once } from 'node:events';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import type { Lab } from '../../labs/lab';
import { noteResult } from '../../labs/progress';
import { REALFORK } from '../called-as';
import { command } from '../command';
import { checkAndPrint } from './check';
import { untilInterrupted } from './interrupt';
import { labArgument, submissionOf } from './options';

/** What the file says, or undefined while an editor is replacing it. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Until the file says something else. Editors write it, or put another one in its place: its directory is told of both. */
async function changed(
  watcher: FSWatcher,
  file: string,
  before: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const now = textOf(file);
    if (now !== undefined && now !== '' && now !== before) return;
    await once(watcher, 'change', { signal });
  }
}

async function checkOnSave(lab: Lab, file: string, signal: AbortSignal): Promise<void> {
  const watcher = watch(dirname(file), { signal });
  watcher.on('error', () => {}); // it is aborted
  for (;;) {
    const text = textOf(file);
    if (process.stdout.isTTY === true && process.env['TERM'] !== 'dumb') process.stdout.write('\u001b[H\u001b[2J');
    const result = await checkAndPrint(lab, { kind: 'file', file }, { signal, isVerbose: false });
    noteResult(lab.number, result);
    process.stdout.write(`Waiting until ${basename(file)} is saved. Ctrl-C ends this.\n`);
    await changed(watcher, file, text, signal);
  }
}

/** `realfork lab watch`: checks a lab whenever its file is saved. */
export function watchLabCommand(): Command {
  return command('watch')
    .description('Run the tests of a lab now, and again each time that your program is saved')
    .addArgument(labArgument())
    .option('--dir <dir>', 'where your file is; if not said, here, or where the lab was started')
    .action((lab: Lab, { dir }: { readonly dir?: string }) => {
      const submission = submissionOf(lab, dir);
      if (submission.kind !== 'file') {
        throw new Error(`lab watch is for a file in TypeScript; with a lab.json: ${REALFORK} lab check ${lab.number}`);
      }
      return untilInterrupted((signal) => checkOnSave(lab, submission.file, signal));
    });
}
