import { inspect } from 'node:util';
import { STDERR_FILENO } from '../../constants';
import { lineWriter } from './line-writer';

/** Says on standard error that code of the program has thrown, with its stack; says nothing where that would wait. */
export type Complain = (whose: string, error: unknown) => void;

/** Makes one, whose descriptor is there before a child needs it. */
export function complainer(write: (text: string) => void = writerOfStandardError()): Complain {
  return (whose, error) => {
    try {
      write(`[${process.pid}] ${whose}: ${inspect(error)}\n`);
    } catch {
      // Nobody is there to be told. The child's exit status says it as well, and so do the lost lines of the log.
    }
  };
}

function writerOfStandardError(): (text: string) => void {
  const writer = lineWriter(STDERR_FILENO);
  return (text) => writer.write(text);
}
