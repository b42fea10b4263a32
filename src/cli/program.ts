import type { Command } from 'commander';
import { version } from '../version';
import { command, watchOutput } from './command';

/** One file per subcommand, in the order of the help; each is loaded when it is wanted. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Command>> = {
  serve: (args) => (require('./serve') as typeof import('./serve')).serveCommand(args),
  connect: () => (require('./connect') as typeof import('./connect')).connectCommand(),
  eintr: () => (require('./eintr') as typeof import('./eintr')).eintrCommand(),
  experiment: () => (require('./experiment') as typeof import('./experiment')).experimentCommand(),
  figures: () => (require('./figures') as typeof import('./figures')).figuresCommand(),
  doctor: () => (require('./doctor') as typeof import('./doctor')).doctorCommand(),
  watch: () => (require('./watch') as typeof import('./watch')).watchCommand(),
  trace: () => (require('./trace') as typeof import('./trace')).traceCommand(),
  compare: () => (require('./compare') as typeof import('./compare')).compareCommand(),
  report: () => (require('./report') as typeof import('./report')).reportCommand(),
  lab: () => (require('./lab') as typeof import('./lab')).labCommand(),
  run: () => (require('./run') as typeof import('./run')).runCommand(),
  build: () => (require('./build') as typeof import('./build')).buildCommand(),
  bench: () => (require('./bench') as typeof import('./bench')).benchCommand(),
};

/** Those that this command line can come to: the one that it names first, or all, for the help and for what there is not. */
function wanted(args: readonly string[]): ((args: readonly string[]) => Command)[] {
  const [first = ''] = args;
  const named = Object.entries(COMMANDS).filter(([name]) => name === first);
  return (named.length > 0 ? named : Object.entries(COMMANDS)).map(([, load]) => load);
}

/**
 * Standard output is the program's that they run or trace, the server's, or the compiler's: nothing of that is loaded, as each
 * child would have it, and as there may be no addon yet.
 */
const ITS_OWN: readonly string[] = ['serve', 'run', 'trace', 'build'];

function nameUnderRoot(action: Command): string {
  const { parent } = action;
  return parent === null || parent.parent === null ? action.name() : nameUnderRoot(parent);
}

/** The command `realfork`, with the subcommands that this command line can come to. */
export function program(args: readonly string[]): Command {
  const realfork = command('realfork')
    .description('Real fork, waitpid, sigaction and the socket calls for Node.js, and the servers of the textbooks')
    .version(version)
    .enablePositionalOptions()
    .hook('preAction', (_realfork, action) => {
      if (!ITS_OWN.includes(nameUnderRoot(action))) watchOutput();
    });
  for (const load of wanted(args)) realfork.addCommand(load(args.slice(1)));
  return realfork;
}
