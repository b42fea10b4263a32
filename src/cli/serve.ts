import type { Command } from 'commander';
import { didYouMean } from '../did-you-mean';
import { SERVERS, type ServerName } from '../servers';
import { command, USAGE } from './command';
import { relaunchIfAsked, tunedOption } from './options';
import { forkingCommand } from './serve/forking';
import { textbookCommand } from './serve/textbook';

/** `realfork serve`: a command for each server, since they do not have the same options. */
export function serveCommand(): Command {
  const serve = command('serve')
    .description('Run a server: one of the textbooks, or one for production')
    .argument('[name]', 'the server')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpCommand(false);
  for (const name of Object.keys(SERVERS) as ServerName[]) serve.addCommand(textbookCommand(name));
  for (const server of serve.commands)
    server.addOption(tunedOption()).hook('preAction', (asked) => relaunchIfAsked(asked));
  serve.addCommand(forkingCommand());
  return serve.action((name: string | undefined) => {
    const names = serve.commands.map((server) => `  ${server.name().padEnd(18)} ${server.summary()}`);
    const all = serve.commands.map((server) => server.name());
    const problem = name === undefined ? 'which server?' : `there is no server ${name}.${didYouMean(name, all)}`;
    serve.error(`realfork: ${problem} There are:\n${names.join('\n')}`, { exitCode: USAGE });
  });
}
