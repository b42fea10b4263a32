import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Event, eventLine } from '#src/observe/events.js';
import { timelineOf } from '#src/observe/timeline/timeline.js';
import { inOrder, Processes, type ProcessesOptions } from '#src/trace/processes.js';
import { type Problem, StraceReader } from '#src/trace/strace/reader.js';
import type { Placed } from '#src/trace/thread.js';

/** Logs that strace wrote, read by the package. */

export interface Traced {
  /** In the order of their times. */
  readonly events: readonly Event[];
  /** The lines for people, as they come. */
  readonly lines: readonly string[];
  readonly problems: readonly Problem[];
  readonly reader: StraceReader;
}

export function traceOf(text: string, options: ProcessesOptions & { readonly calls?: 'all' } = {}): Traced {
  const placed: Placed[] = [];
  const problems: Problem[] = [];
  const processes = new Processes((one) => void placed.push(one), options);
  const take = processes.take.bind(processes);
  const problem = (one: Problem): void => void problems.push(one);
  const reader = options.calls === 'all' ? new StraceReader(take, problem, 'all') : new StraceReader(take, problem);
  for (const line of text.replace(/\n$/, '').split('\n')) reader.line(line);
  reader.end();
  processes.end();
  const lines = placed.flatMap(({ event }) => eventLine(event) ?? []);
  return { events: inOrder(placed), lines, problems, reader };
}

/** One of test/strace-logs. */
export function straceLog(name: string): string {
  return readFileSync(join(__dirname, '..', '..', '..', 'test', 'strace-logs', `${name}.log`), 'utf8');
}

/** Text of tests, without the indentation of its lines. */
export function log(text: string): string {
  return text.trim().replaceAll(/^ +/gm, '');
}

/** What a run looked like, without its times: "accept(3) = -1 EINTR [SIGCHLD [waitpid(-1, WNOHANG) = 12, exited 0]]". */
export function story(events: readonly Event[]): Readonly<Record<string, readonly string[]>> {
  const { lanes } = timelineOf({ title: 'a run', events });
  return Object.fromEntries(
    lanes.map(({ name, bars, ending, zombie }) => [
      name,
      [
        ...bars.map((bar) => {
          const end =
            bar.kind === 'call' ? (bar.errno ?? bar.shown ?? 'did not return') : bar.returned ? 'returned' : 'left';
          const what = bar.kind === 'call' ? `${bar.call}(${bar.args})` : bar.signal;
          return `${'> '.repeat(bar.depth)}${what}: ${end}`;
        }),
        ...(ending === undefined ? [] : [ending.how]),
        ...(zombie === undefined ? [] : [`zombie until ${zombie.until}`]),
      ],
    ]),
  );
}
