/** A command in a terminal that hangs up as soon as it has shown something. Its arguments: those of the command. */
import { close, describeStatus, execv, forkpty, read, waitpid } from 'realfork';
import { CLI } from '../support/cli';
import { again, report } from '../support/scenarios';

const { pid, master } = forkpty({ ws_row: 24, ws_col: 120 });
if (pid === 0) execv(process.execPath, [process.execPath, CLI, ...process.argv.slice(2)]);
again(() => read(master, Buffer.alloc(4096)));
close(master);
report(describeStatus(again(() => waitpid(pid)).status));
