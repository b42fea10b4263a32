import type { Command } from 'commander';
import { command, USAGE } from './command';
import { checkCommand } from './lab/check';
import { hintCommand } from './lab/hint';
import { list } from './lab/list';
import { packageCommand } from './lab/package';
import { startCommand } from './lab/start';
import { watchLabCommand } from './lab/watch';

/** The grader looks at a program by /proc, to see what it is blocked in. */
function onlyOnLinux(): void {
  if (process.platform === 'linux') return;
  throw new Error(`the labs are for Linux only, as their grader looks into /proc; this is ${process.platform}`);
}

/** `realfork lab`: exercises, and the grader that student and teacher share. */
export function labCommand(): Command {
  const lab = command('lab')
    .description('Labs for systems courses: starters, hints, and a grader that student and teacher share')
    .option('--json', 'print the list as JSON', false)
    .argument('[command]')
    .hook('preAction', onlyOnLinux)
    .allowExcessArguments()
    .enablePositionalOptions() // --json of a command is the command's
    .helpCommand(false)
    .addCommand(startCommand())
    .addCommand(checkCommand())
    .addCommand(hintCommand())
    .addCommand(watchLabCommand())
    .addCommand(packageCommand());
  return lab.action((name: string | undefined, options: { json: boolean }) => {
    if (name === undefined) list(options);
    else
      lab.error(
        `realfork: lab has no command ${name}. There are: ${lab.commands.map((one) => one.name()).join(', ')}`,
        { exitCode: USAGE },
      );
  });
}
