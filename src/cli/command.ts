import { Command } from 'commander';

/** What a command that was not understood ends with; one that was, and failed, ends with 1. */
export const USAGE = 2;

/** Loaded when a command for people runs: a child of a server would have it as well. */
export function watchOutput(): void {
  (require('./output') as typeof import('./output')).watchOutput();
}

/** A command of `realfork`, all of which treat mistakes on the command line alike. */
export function command(name: string): Command {
  return new Command(name)
    .configureOutput({
      writeOut(text) {
        watchOutput();
        process.stdout.write(text);
      },
    })
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
}
