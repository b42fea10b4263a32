import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '#src/cli/options.js';
import { watch } from './soak/watch';

interface Options {
  readonly signals: boolean;
  readonly forks: number;
  readonly parallel: number;
  readonly patience: number;
  readonly signalsCount: number;
}

/** Beyond a child's patience: the program itself must be heard of. Milliseconds. */
const GRACE = 15_000;
/** Ten times what either takes on a slow machine. Milliseconds for each fork, each signal, and on top. */
const LIMIT = { fork: 200, signal: 0.5, more: 300_000 };

const program = (name: string): string => join(__dirname, 'soak', `${name}.js`);

function soak(options: Options): Promise<boolean> {
  const patience = options.patience * 1000 + GRACE;
  if (options.signals) {
    return watch(program('signals'), [options.signalsCount], {
      head: ['receiver', 'SIGUSR1 sent', 'handled', 'SIGRTMIN sent', 'handled', 'EINTR', 'seconds'],
      ...{ patience, limit: options.signalsCount * LIMIT.signal + LIMIT.more },
    });
  }
  return watch(program('forks'), [options.forks, options.parallel, options.patience], {
    ...{ patience, limit: options.forks * LIMIT.fork + LIMIT.more },
  });
}

/** `npm run soak`: what must not go wrong once in 20,000 times. */
new Command('soak')
  .description('Forks many children from a parent that allocates all the time, or sends a storm of signals')
  .option('-n, --forks <number>', 'how many children', wholeNumber(1, 1e9), 20_000)
  .option('-p, --parallel <number>', 'children at a time', wholeNumber(1, 1000), 4)
  .option('--patience <seconds>', 'a child that is not done by then hangs', wholeNumber(1, 3600), 30)
  .option('--signals', 'the storm of signals', false)
  .option('--signals-count <number>', 'how many signals', wholeNumber(1, 1e12), 1_000_000)
  .action(async (options: Options) => {
    process.exitCode = (await soak(options)) ? 0 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
