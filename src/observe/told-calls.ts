import { fstatSync, writeSync } from 'node:fs';
import { calls } from '../calls';
import { F_DUPFD_CLOEXEC } from '../constants';
import { SyscallError } from '../errno';
import { monotonic, type Sink } from './events';
import { traced } from './trace';

/** Events go to a descriptor above those that a program gets and closes: the numbers that it sees are its own. */
const OUT_OF_THE_WAY = 200;

/**
 * Has every call of the program that runs next told to a descriptor, whatever it imports: for programs of other people,
 * which know nothing of it. Before any entry point of this package is loaded, since they take the calls as they find them.
 */
export function tellCalls(events: number): void {
  const fd = calls.fcntl(events, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  if (typeof fd !== 'number' || fd < 0) throw new SyscallError('fcntl', Number(fd), [events, F_DUPFD_CLOEXEC]);
  calls.close(events);
  const { ino } = fstatSync(fd);
  // The program may close all that is open, and the number may come to be another file's: it is not to die of being watched.
  const sink: Sink = (event) => {
    try {
      if (fstatSync(fd).ino === ino) writeSync(fd, `${JSON.stringify(event)}\n`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EBADF' && code !== 'EPIPE') throw error;
    }
  };
  sink({ kind: 'role', t: monotonic(), pid: process.pid, role: 'program' });
  Object.assign(calls, traced({ ...calls }, sink));
}
