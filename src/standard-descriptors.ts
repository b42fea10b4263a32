import { fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * Opens what is closed of standard input, output and error: a listener or a connection would get its number, and the log
 * would be written to a client. Node does so when it starts; the program may have closed them since.
 */
export function holdStandardDescriptors(): void {
  for (const fd of [0, 1, 2]) {
    try {
      fstatSync(fd);
    } catch {
      openSync(devNull, 'r+'); // gets the lowest number that is free: this one
    }
  }
}
