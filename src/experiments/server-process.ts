import { join } from 'node:path';
import type { Event } from '../observe/events';
import { ObservedProgram } from './observed-program';

/** The command line of this package, as a user starts it. */
const CLI = join(__dirname, '..', 'cli', 'main.js');

/** `realfork serve` in a process group of its own. */
export class ServerProcess extends ObservedProgram {
  /** See ObservedProgram. */
  constructor(args: readonly string[], patience: number, onEvent?: (event: Event) => void) {
    super([CLI, 'serve', ...args, '--events', '3'], patience, onEvent === undefined ? {} : { onEvent });
  }
}
