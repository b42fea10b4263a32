import { type Command, InvalidArgumentError } from 'commander';
import { isPid, type Pid } from '../signalling';
import { command, USAGE } from './command';
import { outputFile } from './output-file';
import type { TraceOptions } from './trace/options';

function pid(text: string): Pid {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !isPid(value)) throw new InvalidArgumentError('It must be a pid: a whole number above 1.');
  return value;
}

/** Each way is loaded when it is wanted. */
async function trace(
  this: Command,
  first: string | undefined,
  rest: readonly string[],
  options: TraceOptions,
): Promise<void> {
  const { from, pid: attach } = options;
  const asked = [first, from, attach].filter((one) => one !== undefined).length;
  if (asked !== 1) {
    this.error(
      'realfork: name a command (realfork trace -- ./server 9877), or --pid PID, or --from FILE: one of them',
      {
        exitCode: USAGE,
      },
    );
  }
  if (from !== undefined) {
    if (options.output !== undefined)
      this.error('realfork: --output is for what runs: a log is shown on standard output', { exitCode: USAGE });
    await (require('./trace/log-file') as typeof import('./trace/log-file')).traceLog(from, options);
  } else if (attach !== undefined) {
    await (require('./trace/attach') as typeof import('./trace/attach')).traceProcess(attach, options);
  } else if (first !== undefined) {
    await (require('./trace/run') as typeof import('./trace/run')).traceCommandLine([first, ...rest], options);
  }
}

/** `realfork trace`: any program, of any language, as the kernel sees it. */
export function traceCommand(): Command {
  return command('trace')
    .description(
      'Trace any program with strace: its calls, signals, handlers, children and zombies, as lines and as a timeline',
    )
    .argument('[command]', 'the program; its standard streams and its exit status are its own')
    .argument('[args...]', 'its arguments')
    .option('-p, --pid <pid>', 'a process that runs; Ctrl-C lets it go, and it goes on', pid)
    .option('--from <file>', 'a log that strace wrote, with -f at least; - for standard input')
    .option('--all', 'all calls, and not only those of processes, signals, sockets and descriptors', false)
    .option('-q, --quiet', 'no line for each event', false)
    .option('-o, --output <file>', 'write lines and table to a file, not to standard error', outputFile('trace.txt'))
    .option('--record <file>', 'keep all events, for `realfork report FILE`', outputFile('record.json'))
    .option('--html <file>', 'write a page with the timeline, which needs nothing but itself', outputFile('page.html'))
    .option('--perfetto <file>', 'write trace events, which ui.perfetto.dev opens', outputFile('trace.json'))
    .option('--json <file>', 'write the recording as JSON', outputFile('recording.json'))
    .passThroughOptions()
    .action(trace);
}
