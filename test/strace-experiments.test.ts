import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEvent } from '#src/observe/events.js';
import { testWithStrace } from './support/systems';

/** The event stream of an experiment's program beside what strace saw of the same process. */

const RUN_PROGRAM = join(__dirname, '..', '..', 'dist', 'experiments', 'run-program.js');
const whereStraced = testWithStrace();

/** What Node itself calls none of, before or beside the program. */
const CALLS = ['socket', 'bind', 'listen', 'connect', 'accept', 'setsockopt', 'wait4', 'kill'];

/** "accept = 19", "connect = EINPROGRESS", in the names of the kernel. */
function kernelLines(trace: string, pid: number): string[] {
  return trace.split('\n').flatMap((line) => {
    const [, who, call = '', result = '', error] =
      /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>).*\) += (-?\d+|\?)(?: ([A-Z]+))?/.exec(line) ?? [];
    return Number(who) === pid ? [`${call.replace('accept4', 'accept')} = ${error ?? result}`] : [];
  });
}

/** The same of our events. */
function ourLines(events: string, pid: number): string[] {
  return events
    .trimEnd()
    .split('\n')
    .map(parseEvent)
    .flatMap((event) => {
      if (event.kind !== 'call' || event.pid !== pid) return [];
      const call = event.call.replace(/^wait(pid)?$/, 'wait4');
      if (!CALLS.includes(call)) return [];
      return [`${call} = ${event.errno ?? event.result}`];
    });
}

function run(experiment: string, ...program: string[]): { kernel: string[]; ours: string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'realfork-strace-'));
  try {
    const [trace, events] = [join(directory, 'trace'), join(directory, 'events')];
    const fd = openSync(events, 'w');
    const options = ['-f', '-o', trace, '-e', `trace=${CALLS.join()},accept4`, '-e', 'signal=none'];
    const { status, stderr } = spawnSync(
      'strace',
      [...options, process.execPath, RUN_PROGRAM, experiment, ...program],
      { stdio: ['ignore', 'ignore', 'pipe', fd], encoding: 'utf8', timeout: 15_000, killSignal: 'SIGKILL' },
    );
    closeSync(fd);
    expect([status, stderr]).toEqual([0, '']);
    const text = readFileSync(events, 'utf8');
    const { pid } = parseEvent(text.split('\n', 1)[0] ?? '');
    return { kernel: kernelLines(readFileSync(trace, 'utf8'), pid), ours: ourLines(text, pid) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const PROGRAMS: Readonly<Record<string, readonly [experiment: string, ...args: string[]]>> = {
  'a queue that is full': ['backlog', 'server', '2'],
  'a client that resets in the queue': ['reset-in-queue', 'server', 'reset'],
  'children with SIGCHLD ignored': ['nocldwait', 'parent', 'ignore'],
  'children with a handler and SA_NOCLDWAIT': ['nocldwait', 'parent', 'nocldwait-handler'],
  'signals within a handler': ['nested-signals', 'program', 'nodefer'],
};

describe('our events are what strace saw: the same calls, results and order', () => {
  for (const [name, args] of Object.entries(PROGRAMS)) {
    whereStraced(name, async () => {
      const { kernel, ours } = run(...args);
      expect(ours.length).toBeGreaterThan(0);
      // A restarted call is one call to the program: strace shows its first part as ERESTARTSYS.
      expect(ours).toEqual(kernel.filter((line) => !line.endsWith('= ERESTARTSYS')));
    });
  }
});
