/**
 * A command in a terminal of so many columns: what it writes there. Arguments: columns, a text that ends it by SIGTERM or
 * "" for a command that ends by itself, and the command.
 */
import { close, execvp, forkpty, kill, read, SIGTERM, waitpid } from 'realfork';
import { isErrno } from '../support/errors';
import { report } from '../support/scenarios';

const [columns = '', until = '', command = '', ...args] = process.argv.slice(2);
const { pid, master } = forkpty({ ws_row: 24, ws_col: Number(columns) });
if (pid === 0) execvp(command, [command, ...args]);

/** EIO, on Linux: nobody has the other side any more. */
function next(buffer: Buffer): number {
  try {
    return read(master, buffer);
  } catch (error) {
    if (isErrno(error, 'EIO')) return 0;
    throw error;
  }
}

/** A program without end of what it writes is ended by whoever has started this one. */
const MOST = 1 << 20;
let said = '';
let isTold = false;
const buffer = Buffer.alloc(1 << 16);
for (let n = next(buffer); n > 0 && said.length < MOST; n = next(buffer)) {
  said += buffer.toString('latin1', 0, n);
  if (until === '' || isTold || !said.includes(until)) continue;
  kill(pid, SIGTERM);
  isTold = true;
}
close(master);
waitpid(pid, 0);
report({ said: said.replaceAll('\r\n', '\n') });
