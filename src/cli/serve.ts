import type { Command } from 'commander';
import { didYouMean } from '../did-you-mean';
import { SERVERS, type ServerName } from '../servers';
import { command, USAGE } from './command';
import { relaunchIfAsked, tunedOption } from './options';

const textbook = () => require('./serve/textbook') as typeof import('./serve/textbook');
const production = () => require('./serve/forking') as typeof import('./serve/forking');

/** How the command of each server is made. */
const COMMANDS: Readonly<Record<string, () => Command>> = {
  ...Object.fromEntries((Object.keys(SERVERS) as ServerName[]).map((name) => [name, () => textbookCommand(name)])),
  forking: () => production().forkingCommand(),
};

function textbookCommand(name: ServerName): Command {
  return textbook()
    .textbookCommand(name)
    .addOption(tunedOption())
    .hook('preAction', (asked) => relaunchIfAsked(asked));
}

/** The server that this command line names, or all: what is loaded is copied for each child. */
function wanted([name = '']: readonly string[]): (() => Command)[] {
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
}

/** `realfork serve`: a command for each server, since they do not have the same options. @param args after "serve" */
export function serveCommand(args: readonly string[]): Command {
  const serve = command('serve')
    .description('Run a server: one of the textbooks, or one for production')
    .argument('[name]', 'the server')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpCommand(false);
  for (const make of wanted(args)) serve.addCommand(make());
  return serve.action((name: string | undefined) => {
    const names = serve.commands.map((server) => `  ${server.name().padEnd(18)} ${server.summary()}`);
    const all = serve.commands.map((server) => server.name());
    const problem = name === undefined ? 'which server?' : `there is no server ${name}.${didYouMean(name, all)}`;
    serve.error(`realfork: ${problem} There are:\n${names.join('\n')}`, { exitCode: USAGE });
  });
}
