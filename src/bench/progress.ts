import { createSpinner } from 'nanospinner';

/** What is being done, on one line of a terminal; nothing where standard error is no terminal. */
export class Progress {
  private readonly spinner = process.stderr.isTTY === true ? createSpinner('', { stream: process.stderr }) : undefined;

  show(text: string): void {
    this.spinner?.start(text);
  }

  end(): void {
    this.spinner?.clear().stop();
  }
}
