import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { F_GETFL, F_SETFL, O_NONBLOCK } from '../constants';
import type { InjectedError } from '../injected-errors';
import { command } from './command';
import { descriptor, relaunchIfAsked, tunedOption } from './options';

interface RunOptions {
  readonly events?: number;
  readonly inject: readonly InjectedError[];
}

/** Of an option that may be given several times. */
function injectedErrors(text: string, before: readonly InjectedError[]): InjectedError[] {
  const { parseInjectedError } = require('../injected-errors') as typeof import('../injected-errors');
  try {
    return [...before, parseInjectedError(text)];
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** What the program throws is its own affair: Node prints it, with its stack, as for any program. */
function asUncaught(error: unknown): void {
  process.nextTick(() => {
    // By this word Node does not print this line as the one that threw.
    throw error; // node-do-not-add-exception-line
  });
}

/**
 * A program that writes with write(2) expects a pipe that is full to have it wait. Node's streams make a pipe non-blocking
 * when they are first looked at, for all that have it open: hence they are looked at here, and it is made blocking again.
 */
function haveOutputBlock(): void {
  const { calls } = require('../calls') as typeof import('../calls');
  for (const { fd } of [process.stdout, process.stderr]) {
    const flags = calls.fcntl(fd, F_GETFL);
    if (typeof flags === 'number' && flags >= 0) calls.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }
}

async function run(file: string, args: readonly string[], { events, inject }: RunOptions): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  haveOutputBlock();
  if (inject.length > 0) {
    const { injectErrors } = require('../injected-errors') as typeof import('../injected-errors');
    injectErrors(inject);
  }
  if (events !== undefined) {
    const { tellCalls } = require('../observe/told-calls') as typeof import('../observe/told-calls');
    tellCalls(events);
  }
  process.argv = [process.execPath, resolve(file), ...args];
  const { importFile } = require('../user-code') as typeof import('../user-code');
  await importFile(file).catch(asUncaught);
}

/** `realfork run`: a program of one's own, without a build step and without installing the package beside it. */
export function runCommand(): Command {
  return command('run')
    .description("Run a TypeScript or JavaScript file, in which 'realfork' is this package")
    .argument('<file>', 'the program')
    .argument('[args...]', 'its arguments')
    .option('--events <fd>', 'write each system call and handler as a line of JSON to this descriptor', descriptor)
    .option(
      '--inject <rule>',
      'have a call fail: fork:error=EAGAIN:when=2 (2+, 2..4); several times for several',
      injectedErrors,
      [],
    )
    .passThroughOptions()
    .addOption(tunedOption())
    .hook('preAction', (asked) => relaunchIfAsked(asked))
    .action(run);
}
