import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { wholeNumber } from '#src/cli/options.js';
import { installPackages } from './soak/beside/install';
import { watch } from './soak/watch';

/** A program of bench/soak/. Its arguments: count, seconds of patience, how many at a time. */
interface Soak {
  /** As the help of -n has it. */
  readonly things: string;
  readonly count: number;
  readonly atATime: number;
  /** Ten times what one takes on a slow machine. Milliseconds. */
  readonly limitOfOne: number;
  /** Of the final table, if it has one. */
  readonly head?: readonly string[];
}

const SOAKS = {
  forks: { things: 'children', count: 20_000, atATime: 4, limitOfOne: 200 },
  bare: { things: 'children', count: 1_000_000, atATime: 2, limitOfOne: 20 },
  signals: {
    ...{ things: 'signals', count: 1_000_000, atATime: 1, limitOfOne: 0.5 },
    head: ['receiver', 'SIGUSR1 sent', 'handled', 'SIGRTMIN sent', 'handled', 'EINTR', 'seconds'],
  },
  servers: { things: 'children', count: 1000, atATime: 6, limitOfOne: 500 },
  mixed: {
    ...{ things: 'children at once', count: 200, atATime: 200, limitOfOne: 1000 },
    head: ['handler of SIGCHLD', 'spawned', 'forked', 'handler runs'],
  },
  tasks: { things: 'tasks', count: 100_000, atATime: 4, limitOfOne: 100 },
  busy: { things: 'children', count: 1000, atATime: 4, limitOfOne: 1000 },
  connections: { things: 'connections', count: 1_000_000, atATime: 4, limitOfOne: 20 },
  service: { things: 'seconds', count: 600, atATime: 200, limitOfOne: 3000 },
  packages: {
    ...{ things: 'children beside each package', count: 20, atATime: 1, limitOfOne: 60_000 },
    head: ['package', 'version', 'fork beside it'],
  },
} as const satisfies Readonly<Record<string, Soak>>;

type Name = keyof typeof SOAKS;

interface Options {
  readonly count?: number;
  readonly parallel?: number;
  readonly patience: number;
  readonly signals: boolean;
}

/** Beyond a child's patience: the program itself must be heard of. Milliseconds. */
const GRACE = 15_000;
/** For the whole, on top. Milliseconds. */
const LIMIT = 300_000;

function soak(name: Name, options: Options): Promise<boolean> {
  const { head, limitOfOne, ...defaults }: Soak = SOAKS[name];
  const { count = defaults.count, parallel = defaults.atATime, patience } = options;
  if (name === 'packages') installPackages();
  return watch(join(__dirname, 'soak', `${name}.js`), [count, patience, parallel], {
    ...{ patience: patience * 1000 + GRACE, limit: count * limitOfOne + LIMIT },
    ...(head === undefined ? {} : { head }),
  });
}

const counts = Object.entries(SOAKS).map(([name, { things, count }]) => `${name}: ${count} ${things}`);

/** `npm run soak`: what must not go wrong once in so many times. */
new Command('soak')
  .description(
    [
      'forks    forks from a parent that allocates all the time',
      'bare     forks children that leave at once, a million of them',
      'signals  sends a storm of signals',
      'servers  forks children with a server each in their event loops',
      'mixed    children of child_process beside those of fork, with and without a handler of SIGCHLD',
      'tasks    tasks of realfork/children whose children are killed, exit, are aborted or late',
      'connections  through serve forking, a million of them, as it is shipped',
      'service  serve forking among clients of all kinds: a day in ten minutes',
      "busy     forks from a parent whose thread pool is never idle, and uses the children's",
      'packages forks beside packages of others (sharp, esbuild, pg and more), which it installs when first run',
    ].join('\n'),
  )
  .addArgument(new Argument('[what]', 'which soak').choices(Object.keys(SOAKS)).default('forks'))
  .option('-n, --count <number>', `how many (${counts.join(', ')})`, wholeNumber(1, 1e12))
  .option('-p, --parallel <number>', 'children, or clients, at a time', wholeNumber(1, 1000))
  .option('--patience <seconds>', 'a child that is not done by then hangs', wholeNumber(1, 3600), 30)
  .option('--signals', 'the same as: signals', false)
  .action(async (what: Name, options: Options) => {
    process.exitCode = (await soak(options.signals ? 'signals' : what, options)) ? 0 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
