import { writeSync } from 'node:fs';
import { STDOUT_FILENO } from 'realfork';

/** What a soak program tells the watch over it, a line of JSON each on standard output. */
export type Message =
  /** Sent at least once a second: it is alive, and this far. */
  | { readonly kind: 'progress'; readonly text: string }
  /** Worth reading, and in order. */
  | { readonly kind: 'note'; readonly text: string }
  /** Something is not as it must be. The soak has failed, and goes on. */
  | { readonly kind: 'wrong'; readonly text: string }
  /** A child does not end. The watch looks what it is doing, and ends it. */
  | { readonly kind: 'hung'; readonly pid: number; readonly text: string }
  /** A line of the final table. */
  | { readonly kind: 'row'; readonly cells: readonly string[] }
  /** The last one. */
  | { readonly kind: 'summary'; readonly text: string };

/** By write(2) itself: in a program that forks, a stream's buffer would be written by parent and child. */
export function tell(message: Message): void {
  writeSync(STDOUT_FILENO, `${JSON.stringify(message)}\n`);
}

export function parseMessage(line: string): Message {
  return JSON.parse(line) as Message;
}
