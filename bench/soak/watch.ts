import { ProcessGroup } from '#src/bench/process-group.js';
import { Progress } from '#src/bench/progress.js';
import { temporaryDirectory } from '#src/bench/temporary-directory.js';
import { pidOf, signalIfThere } from '#src/signalling.js';
import { table } from '../harness/table';
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

/** What hangs after so many hangs in the same place, and is ended without a look at its stacks. */
const MOST_AUTOPSIES = 5;

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
  // One after the other, while the program goes on: reading the symbols of Node takes gdb some seconds.
  let autopsiesLeft = MOST_AUTOPSIES;
  let autopsies: Promise<void> = Promise.resolve();
  const lookInto = (text: string, pids: readonly number[], end: () => void): void => {
    complain(text);
    autopsies = autopsies.then(async () => {
      const looked = autopsiesLeft-- > 0 ? pids : [];
      for (const pid of looked) process.stderr.write(`soak: process ${pid}\n${await autopsy(pid)}\n`);
      end();
    });
  };

  const onLine = (line: string): void => {
    silence.refresh();
    const message = parseMessage(line);
    switch (message.kind) {
      case 'progress':
        progress.show(message.text);
        return;
      case 'note':
        progress.end();
        process.stderr.write(`soak: ${message.text}\n`);
        return;
      case 'wrong':
        complain(message.text);
        return;
      case 'hung':
        lookInto(message.text, [message.pid], () => {
          signalIfThere(pidOf(message.pid, 'a child that hangs'), 'SIGKILL'); // or it came to its end after all
        });
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
    // Node reads certificates of the user's as it starts, and each fork copies them.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, TMPDIR: temporaryDirectory('realfork-soak-') },
  });
  const silence = setTimeout(() => {
    lookInto(`no word for ${options.patience / 1000} s: the program hangs`, membersOf(group.pid), () => group.kill());
  }, options.patience);
  try {
    await group.finished();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
  clearTimeout(silence);
  await autopsies;
  progress.end();
  if (options.head !== undefined && rows.length > 0) process.stdout.write(`${table(options.head, rows)}\n`);
  const verdict = ok ? 'ok' : 'FAILED';
  process.stdout.write(`soak: ${summary || 'it did not come to its end'}; Node ${process.version}: ${verdict}\n`);
  return ok;
}
