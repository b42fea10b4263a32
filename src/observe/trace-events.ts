import type { Recording } from './recording';
import type { Arrow, Bar, Lane, Place, Timeline } from './timeline/model';
import { timelineOf } from './timeline/timeline';

/**
 * Timelines as Chrome's trace events, which Perfetto and chrome://tracing open.
 * "Trace Event Format": https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */

type Arguments = Readonly<Record<string, string | number | boolean>>;

interface EventBase {
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
}

/** Something that took time. Those of a thread lie within one another, or apart. */
export interface CompleteEvent extends EventBase {
  readonly ph: 'X';
  readonly cat: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: Arguments;
}

export interface InstantEvent extends EventBase {
  readonly ph: 'i';
  readonly cat: string;
  /** Drawn on its thread. */
  readonly s: 't';
}

/** An end or a middle of an arrow, which belongs to what its thread was in at the time. Those of one arrow have name, cat and id in common. */
export interface FlowEvent extends EventBase {
  readonly ph: 's' | 't' | 'f';
  readonly cat: string;
  readonly id: number;
  /** Of 'f': bound to what encloses it, and not to what begins next. */
  readonly bp?: 'e';
}

export interface MetadataEvent extends EventBase {
  readonly ph: 'M';
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';
  readonly args: Arguments;
}

export type TraceEvent = CompleteEvent | InstantEvent | FlowEvent | MetadataEvent;

/** The format's JSON Object Format. */
export interface TraceFile {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ns';
  readonly otherData: Arguments;
}

interface Slice {
  readonly start: number;
  readonly end: number;
}

/** The format's unit is the microsecond; nanoseconds are what is told apart. */
const NANOSECOND = 0.001;
/** Between two recordings, whose clocks may be those of two machines. Microseconds. */
const BETWEEN_RECORDINGS = 1000;

/** What was `t`, or just before it, inside of a slice: an arrow is bound to the slice that its end lies in. */
function inside({ start, end }: Slice, t: number): number {
  return Math.max(start, Math.min(t, end - NANOSECOND));
}

/**
 * Calls of several threads of a process overlap, where the slices of one thread may not: each bar goes to the first track
 * that has room for it. A bar that begins later fits where it ends within the last open one.
 */
function trackOfEach(bars: readonly Bar[]): ReadonlyMap<Bar, number> {
  const tracks: Slice[][] = [];
  const chosen = new Map<Bar, number>();
  for (const bar of bars) {
    const fits = (open: readonly Slice[] | undefined): boolean => {
      const around = open?.findLast((slice) => slice.end > bar.start);
      return around === undefined || bar.end <= around.end;
    };
    let index = tracks.findIndex(fits);
    if (index === -1) index = tracks.push([]) - 1;
    const open = (tracks[index] ?? []).filter((slice) => slice.end > bar.start);
    tracks[index] = [...open, bar];
    chosen.set(bar, index);
  }
  return chosen;
}

function argumentsOf(bar: Bar): Arguments {
  if (bar.kind === 'handler') return { returned: bar.returned };
  return {
    arguments: bar.args,
    result: bar.shown ?? 'did not return',
    ...(bar.errno === undefined ? {} : { errno: bar.errno }),
  };
}

/** The trace's number for a process: its pid, unless a process of another run, or an earlier one, has it. */
class Pids {
  private readonly taken = new Set<number>();

  numberFor(pid: number): number {
    let number = pid;
    while (this.taken.has(number)) ++number;
    this.taken.add(number);
    return number;
  }
}

class LaneTrace {
  private readonly pid: number;
  private readonly tracks: ReadonlyMap<Bar, number>;

  /** @param shift from the clock of the events to that of the trace, in microseconds */
  constructor(
    private readonly lane: Lane,
    private readonly title: string,
    pids: Pids,
    private readonly shift: number,
  ) {
    this.pid = pids.numberFor(lane.pid);
    this.tracks = trackOfEach(lane.bars);
  }

  /** @param order among all processes of the trace */
  *events(order: number): Generator<TraceEvent> {
    const { lane } = this;
    const name = `${lane.name} ${lane.pid}`;
    yield* this.metadata('process', `${name}: ${this.title}`, order, 0);
    for (const track of new Set([0, ...this.tracks.values()])) {
      yield* this.metadata('thread', track === 0 ? 'calls' : `calls of another thread (${track})`, track, track);
    }
    yield this.complete(name, 'process', lane, 0, lane.ending === undefined ? {} : { ended: lane.ending.how });
    for (const bar of lane.bars) yield* this.bar(bar);
    if (lane.ending !== undefined) yield this.instant(lane.ending.how, 'exit', lane.ending.t, 0);
    if (lane.zombie !== undefined) {
      yield this.complete('zombie', 'zombie', lane.zombie, 0, { until: lane.zombie.until });
    }
  }

  flow(ph: FlowEvent['ph'], name: string, id: number, { t, depth }: Place): FlowEvent {
    const bar = this.lane.bars.find((one) => one.depth === depth && one.start <= t && t <= one.end);
    // Where a process begins and ends there is no bar: its own slice it is.
    const ts = this.at(inside(bar ?? this.lane, t));
    const tid = this.tid(bar === undefined ? 0 : (this.tracks.get(bar) ?? 0));
    return { name, cat: 'cause', ph, id, ts, pid: this.pid, tid, ...(ph === 'f' ? { bp: 'e' } : {}) };
  }

  private *bar(bar: Bar): Generator<TraceEvent> {
    const track = this.tracks.get(bar) ?? 0;
    const name = bar.kind === 'call' ? bar.call : `${bar.signal} handler`;
    yield this.complete(name, bar.kind === 'call' ? 'syscall' : 'signal', bar, track, argumentsOf(bar));
    if (bar.kind === 'handler') yield this.instant(bar.signal, 'signal', bar.start, track);
  }

  private *metadata(of: 'process' | 'thread', name: string, order: number, track: number): Generator<MetadataEvent> {
    const base = { ph: 'M', ts: 0, pid: this.pid, tid: this.tid(track) } as const;
    yield { ...base, name: `${of}_name`, args: { name } };
    yield { ...base, name: `${of}_sort_index`, args: { sort_index: order } };
  }

  private complete(name: string, cat: string, { start, end }: Slice, track: number, args: Arguments): CompleteEvent {
    const ts = this.at(start);
    const dur = roundToNanoseconds(this.at(end) - ts);
    return { name, cat, ph: 'X', ts, dur, pid: this.pid, tid: this.tid(track), args };
  }

  private instant(name: string, cat: string, t: number, track: number): InstantEvent {
    return { name, cat, ph: 'i', s: 't', ts: this.at(t), pid: this.pid, tid: this.tid(track) };
  }

  private at(t: number): number {
    return roundToNanoseconds(t + this.shift);
  }

  private tid(track: number): number {
    return track + 1;
  }
}

function roundToNanoseconds(t: number): number {
  return Math.round(t / NANOSECOND) / (1 / NANOSECOND);
}

/** A fork is one arrow, as is a signal; exit, handler and wait of a child are another one, of up to three places. */
function placesOf(arrows: readonly Arrow[]): readonly { readonly name: string; readonly places: readonly Place[] }[] {
  const exits = new Map<number, Place[]>();
  const chains: { readonly name: string; readonly places: readonly Place[] }[] = [];
  for (const { kind, about, from, to } of arrows) {
    const begun = kind === 'sigchld' || kind === 'reap' ? exits.get(about) : undefined;
    if (begun !== undefined) {
      begun.push(to);
      continue;
    }
    const places = [from, to];
    const isCause = kind === 'fork' || kind === 'signal';
    if (!isCause) exits.set(about, places);
    chains.push({ name: isCause ? kind : 'exit', places });
  }
  return chains;
}

function phaseOf(index: number, length: number): FlowEvent['ph'] {
  if (index === 0) return 's';
  return index === length - 1 ? 'f' : 't';
}

/** The recordings as one trace, one after the other, each from 0 on its own clock. */
export function traceEvents(recordings: readonly Recording[]): TraceFile {
  const traceEvents: TraceEvent[] = [];
  const pids = new Pids();
  let [order, flowId, begin] = [0, 0, 0];

  function addRun(timeline: Timeline, title: string, shift: number): void {
    const lanes = timeline.lanes.map((lane) => new LaneTrace(lane, title, pids, shift));
    for (const lane of lanes) {
      for (const event of lane.events(order)) traceEvents.push(event);
      ++order;
    }
    for (const { name, places } of placesOf(timeline.arrows)) {
      ++flowId;
      for (const [index, place] of places.entries()) {
        const event = lanes[place.lane]?.flow(phaseOf(index, places.length), name, flowId, place);
        if (event !== undefined) traceEvents.push(event);
      }
    }
  }

  for (const { experiment, runs } of recordings) {
    const timelines = runs.filter(({ events }) => events.length > 0).map(timelineOf);
    const first = timelines.reduce((least, { start }) => Math.min(least, start), timelines[0]?.start ?? 0);
    const last = timelines.reduce((most, { end }) => Math.max(most, end), first);
    for (const timeline of timelines) addRun(timeline, `${experiment}, ${timeline.title}`, begin - first);
    begin += last - first + BETWEEN_RECORDINGS;
  }
  const [about] = recordings;
  const otherData = about === undefined ? {} : { system: about.system, node: about.node, date: about.date };
  return { traceEvents, displayTimeUnit: 'ns', otherData };
}
