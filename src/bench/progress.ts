import type { WriteStream } from 'node:tty';
import { createSpinner } from 'nanospinner';

/** Whether lines can be drawn over: not where the terminal knows no escapes, or is of no width, as one that nobody has sized. */
const canDraw = ({ isTTY, columns }: WriteStream): boolean =>
  isTTY === true && columns > 0 && process.env['TERM'] !== 'dumb';

/** What is being done, on one line of the terminal of standard error; nothing where it has none to draw on. */
export class Progress {
  private readonly spinner = canDraw(process.stderr) ? createSpinner('', { stream: process.stderr }) : undefined;

  show(text: string): void {
    this.spinner?.start(text);
  }

  end(): void {
    this.spinner?.clear().stop();
  }
}
