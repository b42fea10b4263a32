import { closeSync, openSync, writeSync } from 'node:fs';
import { calls } from '../../calls';
import { POLLOUT, STDERR_FILENO } from '../../constants';

/** Nobody reads any more: the program that is traced goes on all the same. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO']);

/**
 * Where lines go while a program runs whose standard streams are its own: to a file, or between its own lines on standard error. Not
 * by Node's streams, which make a pipe non-blocking for all that have it open.
 */
export class Voice {
  private readonly fd: number;
  private isHeard = true;
  /** Of a disk that is full: told when the program has ended, which it does not stop. */
  private failure: unknown;

  constructor(private readonly file: string | undefined) {
    this.fd = file === undefined ? STDERR_FILENO : openSync(file, 'w');
  }

  say(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && this.isHeard; ) {
      try {
        at += writeSync(this.fd, bytes, at);
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') calls.poll([{ fd: this.fd, events: POLLOUT }], -1);
        else {
          this.isHeard = false;
          if (!GONE.has(code)) this.failure = error;
        }
      }
    }
  }

  /** @throws {Error} not all could be written: ENOSPC */
  close(): void {
    if (this.file !== undefined) closeSync(this.fd);
    if (this.failure !== undefined) throw this.failure;
  }
}
