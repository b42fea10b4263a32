import type { Command } from 'commander';
import { build, isUpToDate } from '../addons/build';
import { command } from './command';

/** `realfork build`: the addons, on this machine. Loads none of them, as there may be none. */
export function buildCommand(): Command {
  return command('build')
    .description('Build the addons on this machine, where the package brings none for its system or its Node')
    .option('--if-needed', 'do nothing where they are there, newer than their sources, and load', false)
    .action(({ ifNeeded }: { ifNeeded: boolean }) => {
      if (!ifNeeded || !isUpToDate()) build();
    });
}
