import { join } from 'node:path';
import { ObservedProgram } from './observed-program';

/** The command line of this package, as a user starts it. */
const CLI = join(__dirname, '..', 'cli', 'main.js');

/** `realfork serve` in a process group of its own. */
export class ServerProcess extends ObservedProgram {
  /** @param patience milliseconds after which the whole group is killed, whatever it does */
  constructor(args: readonly string[], patience: number) {
    super([CLI, 'serve', ...args, '--events', '3'], patience);
  }
}
