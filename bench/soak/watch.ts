import { ProcessGroup } from '../support/process-group';
import { Progress } from '../support/progress';
import { table } from '../support/table';
import { autopsy, membersOf } from './autopsy';
import { parseMessage } from './messages';

export interface WatchOptions {
  /** Of the final table, if the program tells rows. */
  readonly head?: readonly string[];
  /** Milliseconds without a message after which the program itself counts as hung. */
  readonly patience: number;
  /** Milliseconds for the whole. */
  readonly limit: number;
}

/**
 * Runs a soak program in a process group of its own, shows what it tells, looks into what hangs, and sees
 * to it that nothing is left. It does not fork: what goes wrong there must not take the watch with it.
 * @returns whether all was as it must be
 */
export async function watch(program: string, args: readonly number[], options: WatchOptions): Promise<boolean> {
  const progress = new Progress();
  const rows: (readonly string[])[] = [];
  let summary = '';
  let ok = true;

  const complain = (text: string): void => {
    ok = false;
    progress.end();
    process.stderr.write(`soak: ${text}\n`);
  };
  const lookInto = (pid: number, text: string): void => {
    complain(text);
    process.stderr.write(`${autopsy(pid)}\n`);
  };

  let silence: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      for (const pid of membersOf(group.pid))
        lookInto(pid, `no word for ${options.patience / 1000} s; process ${pid}:`);
      complain('the program hangs, and is ended');
      group.kill();
    }, options.patience);
  };
  const onLine = (line: string): void => {
    heard();
    const message = parseMessage(line);
    switch (message.kind) {
      case 'progress':
        progress.show(message.text);
        return;
      case 'wrong':
        complain(message.text);
        return;
      case 'hung':
        lookInto(message.pid, message.text);
        process.kill(message.pid, 'SIGKILL');
        heard();
        return;
      case 'row':
        rows.push(message.cells);
        return;
      case 'summary':
        summary = message.text;
    }
  };

  const group = new ProcessGroup('soak', [process.execPath, program, ...args.map(String)], {
    ...{ patience: options.limit, onLine, showErrors: true },
  });
  heard();
  try {
    await group.finished();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
  clearTimeout(silence);
  progress.end();
  if (options.head !== undefined && rows.length > 0) process.stdout.write(`${table(options.head, rows)}\n`);
  process.stdout.write(
    `soak: ${summary || 'it did not come to its end'}; Node ${process.version}: ${ok ? 'ok' : 'FAILED'}\n`,
  );
  return ok;
}
