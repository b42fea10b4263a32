import type { Event } from '../observe/events';
import type { Recording, Row } from '../observe/recording';
import type { Bar, Lane } from '../observe/timeline/model';
import { timelineOf } from '../observe/timeline/timeline';
import type { Precision } from './strace/clock';
import { RESTARTED } from './thread';

/** What a tracer saw, as a recording: the same outlets show it that show experiments. */

export interface About {
  /** The command line, or the name of the log. */
  readonly traced: string;
  /** "strace 6.1". */
  readonly tracer: string;
  /** "Linux 6.18.0 x64"; "Linux" of a log that another machine may have written. */
  readonly system: string;
  readonly date: Date | undefined;
  readonly precision: Precision;
}

/** "1 call", "2 calls", "2 children". */
function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** Rows of the table: a server may have made thousands of processes. */
const MOST_ROWS = 100;

const isFailed = (errno: string) => (bar: Bar) => bar.kind === 'call' && bar.errno === errno;

/** By process, how many of its calls the kernel has made again after a handler. */
function restarts(events: readonly Event[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const event of events) {
    if (event.kind !== 'note' || !String(event.value).startsWith(RESTARTED)) continue;
    counts.set(event.pid, (counts.get(event.pid) ?? 0) + 1);
  }
  return counts;
}

function rowOf({ pid, name, bars, ending, zombie }: Lane, children: number, restarted: number): Row {
  const observed = {
    calls: bars.filter(({ kind }) => kind === 'call').length,
    EINTR: bars.filter(isFailed('EINTR')).length,
    restarted,
    handlerRuns: bars.filter(({ kind }) => kind === 'handler').length,
    children,
    ended: ending?.how ?? 'still there',
    ...(zombie === undefined ? {} : { zombieMs: (zombie.end - zombie.start) / 1000, until: zombie.until }),
  };
  return { id: String(pid), setUp: `${name} ${pid}`, observed, expected: undefined, asExpected: true };
}

const TIMES: Readonly<Record<Precision, string>> = {
  exact: '',
  seconds: ' The times of the log are whole seconds: within one, the order of its lines is all that is known.',
  none: ' The log has no times: a line is drawn as a microsecond, and the order of its lines is all that is known.',
};

function outcome(lanes: readonly Lane[], restarted: number): string {
  const bars = lanes.flatMap((lane) => lane.bars);
  const zombies = lanes.flatMap(({ zombie }) => zombie ?? []);
  const left = zombies.filter(({ until }) => until !== 'reaped').length;
  const parts = [
    counted(lanes.length, 'process', 'processes'),
    `${counted(bars.filter(isFailed('EINTR')).length, 'call')} failed with EINTR, ${restarted} restarted after a handler`,
    `${counted(zombies.length, 'zombie')}${zombies.length === 0 ? '' : left === 0 ? ', reaped' : `, ${left} not reaped`}`,
  ];
  return `${parts.join('; ')}.`;
}

/** The events of a traced run, in the order of their times, as a recording with a row for each process. */
export function recordingOf(events: readonly Event[], about: About): Recording {
  const { traced, tracer, system, date = new Date(), precision } = about;
  const { lanes } = timelineOf({ title: traced, events });
  const again = restarts(events);
  const children = new Map<number | undefined, number>();
  for (const { parent } of lanes) children.set(parent, (children.get(parent) ?? 0) + 1);
  const rows = lanes
    .slice(0, MOST_ROWS)
    .map((lane) => rowOf(lane, children.get(lane.id) ?? 0, again.get(lane.pid) ?? 0));
  const restarted = [...again.values()].reduce((sum, count) => sum + count, 0);
  return {
    experiment: 'trace',
    question: traced,
    verdict: [
      `${outcome(lanes, restarted)}${lanes.length > MOST_ROWS ? ` The first ${MOST_ROWS} are in the table.` : ''}`,
      `Seen from outside: the calls, not the functions that make them.${TIMES[precision]}`,
    ],
    source: tracer,
    system,
    node: '',
    date: date.toISOString(),
    rows,
    runs: [{ title: traced, events }],
  };
}
