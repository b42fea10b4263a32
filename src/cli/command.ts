import { Command } from 'commander';

/** What a command that was not understood ends with; one that was, and failed, ends with 1. */
export const USAGE = 2;

/** A command of `realfork`, all of which treat mistakes on the command line alike. */
export function command(name: string): Command {
  return new Command(name)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
}
