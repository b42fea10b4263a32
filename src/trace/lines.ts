import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a stream, as it comes. One that is longer than `longest` is given as far as that, and the rest of it is not kept:
 * a file without an end of line must not take all memory.
 *
 * @param longest in characters
 */
export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    private readonly line: (text: string) => void,
    private readonly longest: number,
  ) {}

  take(chunk: Buffer): void {
    const lines = this.decoder.write(chunk).split('\n');
    const last = lines.pop() ?? '';
    for (const text of lines) this.give(text);
    this.keep(last);
  }

  /** @returns whether the last line had no end */
  end(): boolean {
    this.keep(this.decoder.end());
    const isCut = this.rest !== '';
    if (isCut) this.give('');
    return isCut;
  }

  private give(text: string): void {
    this.keep(text);
    const whole = this.rest;
    this.rest = '';
    this.line(whole);
  }

  private keep(text: string): void {
    // One more than may be is enough to know that it is too long.
    if (this.rest.length <= this.longest) this.rest += text.slice(0, this.longest + 1 - this.rest.length);
  }
}
