import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { calls } from '../calls';
import { SyscallError } from '../errno';

/** What fills it: no program writes that. */
const FILLING = '\0';
const MOST_READ = 1 << 20;

const isFullOrEmpty = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';

/**
 * A FIFO that a student's program writes its log to. When it is full, the program's next write blocks, until it is read: so
 * the program stands still at a place that the grader has chosen, as long as it likes.
 */
export class LogPipe {
  readonly path: string;
  private readonly fd: number;
  private content = '';

  /** Makes it in a directory that somebody else removes. */
  constructor(directory: string) {
    this.path = join(directory, 'log');
    const result = calls.mkfifo(this.path, 0o600);
    if (result < 0) throw new SyscallError('mkfifo', result);
    // Open at both ends: neither waits for the other, and a program that ends is no end of file. fifo(7)
    this.fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Until not a byte more goes into it. What is in it already stays. */
  fill(): void {
    for (const size of [4096, 1]) {
      try {
        for (;;) writeSync(this.fd, FILLING.repeat(size));
      } catch (error) {
        if (!isFullOrEmpty(error)) throw error;
      }
    }
  }

  /** Takes out what is in it. @returns all that the program has written so far */
  read(): string {
    const buffer = Buffer.alloc(65536);
    try {
      while (this.content.length < MOST_READ) {
        const count = readSync(this.fd, buffer);
        this.content += buffer.toString('utf8', 0, count).replaceAll(FILLING, '');
      }
    } catch (error) {
      if (!isFullOrEmpty(error)) throw error;
    }
    return this.content;
  }

  close(): void {
    closeSync(this.fd);
  }
}
