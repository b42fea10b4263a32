import { type CallEvent, type EnterEvent, type Event, killedText, type SignalEvent } from '../events';
import type { Bar, CallBar } from './model';

/** A call or a handler that has begun. */
type Open = EnterEvent | SignalEvent;

interface Frame {
  readonly event: Open;
  readonly depth: number;
}

/** The same, of which the depth is that within its thread until all are known. */
type Placed<One extends Bar = Bar> = { -readonly [Key in keyof One]: One[Key] };

/** What one thread of a process does: all of it is one within another. */
interface Track {
  readonly open: Frame[];
  readonly bars: Placed[];
}

/** A call that gave the pid of a child, and what it said of it. */
export interface Told {
  readonly bar: CallBar;
  readonly pid: number;
  /** "exited 0"; nothing from fork. */
  readonly status: string;
}

/** A call that sent a signal to one process. */
export interface Sent {
  readonly bar: CallBar;
  readonly pid: number;
  readonly signal: string;
}

/** Of kill and sigqueue to one process; of raise, to itself. */
const SENDS = /^(?:(?<pid>[1-9]\d*), )?(?<signal>SIG[A-Z\d+]+)\b/;
const SENDERS: ReadonlySet<string> = new Set(['kill', 'sigqueue', 'raise']);
const FORKS: ReadonlySet<string> = new Set(['fork', 'vfork']);
const WAITS: ReadonlySet<string> = new Set(['wait', 'waitpid', 'wait3', 'wait4', 'waitid']);
/** What wait says of a child that is no more, and waitid. Others were stopped or continued. */
const ENDED = /^\d+, (?<status>(?:exited|killed|CLD_EXITED|CLD_KILLED|CLD_DUMPED)\b.*)/s;
/** Of sigaction and signal, when they set what becomes of SIGCHLD and do not only ask. */
const SETS_SIGCHLD = /^SIGCHLD, (?!NULL)/;
/** Children then leave no zombie. sigaction(2), NOTES */
const DISCARDS = /\b(?:SIG_IGN|SA_NOCLDWAIT)\b/;

/** What one process did, from its events in their order. */
export class ProcessHistory {
  bars: readonly Bar[] = [];
  readonly forks: Told[] = [];
  /** By the child's pid. */
  private readonly reaps = new Map<number, Told[]>();
  readonly sent: Sent[] = [];
  parent: ProcessHistory | undefined;
  /** The call of its parent that made it. */
  fork: Told | undefined;
  role: string | undefined;
  listens = false;
  /** Its exit, as it said itself. */
  exit: { readonly t: number; readonly how: string } | undefined;
  /** By the thread's number; undefined is the first one, and all where no tracer tells them apart. */
  private readonly tracks = new Map<number | undefined, Track>();
  private readonly discards: { readonly t: number; readonly discards: boolean }[] = [];

  constructor(
    readonly pid: number,
    /** Its first event; of a child that has none, the return of fork in its parent. */
    readonly start: number,
  ) {}

  take(event: Event): void {
    switch (event.kind) {
      case 'enter':
        if (event.call === '_exit') this.exit ??= { t: event.t, how: `_exit(${event.args})` };
        this.push(this.trackOf(event), event);
        break;
      case 'call':
        if (!isBirth(event)) this.returned(this.trackOf(event), event);
        break;
      case 'signal':
        if (event.phase === 'handler') this.push(this.trackOf(event), event);
        else this.handlerReturned(this.trackOf(event), event);
        break;
      case 'listening':
        this.listens = true;
        break;
      case 'exit':
        this.exit ??= { t: event.t, how: `exit(${event.status})` };
        break;
      case 'killed':
        this.exit ??= { t: event.t, how: killedText(event) };
        break;
      case 'role':
        this.role = event.role;
        break;
      case 'note':
        break; // what came of it is in the table
    }
  }

  /** What has not returned goes on until `end`, and did not return. Threads have their rows below one another. */
  finish(end: number): void {
    let above = 0;
    const bars: Bar[] = [];
    for (const track of this.tracks.values()) {
      for (const frame of track.open.splice(0)) this.close(track, frame, Math.max(end, frame.event.t));
      let rows = 0;
      for (const bar of track.bars) {
        rows = Math.max(rows, bar.depth + 1);
        bar.depth += above;
        bars.push(bar);
      }
      above += rows;
    }
    this.bars = bars.sort((one, other) => one.start - other.start || one.depth - other.depth);
  }

  /** The waits that gave the status of a child of this pid. */
  reapsOf(pid: number): readonly Told[] {
    return this.reaps.get(pid) ?? [];
  }

  /** True if a child that exits at `t` leaves no zombie. Children inherit SIG_IGN. */
  discardsChildren(t: number): boolean {
    let [process, at]: [ProcessHistory | undefined, number] = [this, t];
    while (process !== undefined) {
      const until = at;
      const set: { readonly discards: boolean } | undefined = process.discards.findLast((change) => change.t <= until);
      if (set !== undefined) return set.discards;
      at = process.start;
      process = process.parent;
    }
    return false;
  }

  private trackOf({ thread }: Event): Track {
    let track = this.tracks.get(thread);
    if (track === undefined) {
      track = { open: [], bars: [] };
      this.tracks.set(thread, track);
    }
    return track;
  }

  private push({ open }: Track, event: Open): void {
    open.push({ event, depth: (open.at(-1)?.depth ?? -1) + 1 });
  }

  private returned(track: Track, event: CallEvent): void {
    const { open } = track;
    const index = open.findLastIndex(
      ({ event: { kind, ...entered } }) =>
        kind === 'enter' && 'call' in entered && entered.call === event.call && entered.args === event.args,
    );
    const [frame] = index === -1 ? [] : open.splice(index, 1);
    if (index !== -1) this.closeHandlersAbove(track, index, event.t);
    const bar: Placed<CallBar> = {
      ...{ kind: 'call', call: event.call, args: event.args, shown: event.shown, errno: event.errno },
      ...{ start: frame?.event.t ?? event.t, end: event.t, depth: frame?.depth ?? open.length },
    };
    track.bars.push(bar);
    this.learn(bar, event);
  }

  private learn(bar: CallBar, { call, args, result = 0, shown, errno }: CallEvent): void {
    if (errno !== undefined) return;
    if (FORKS.has(call) && result > 0) this.forks.push({ bar, pid: result, status: '' });
    const status = WAITS.has(call) && !args.includes('WNOWAIT') ? ENDED.exec(shown)?.groups?.['status'] : undefined;
    if (status !== undefined) this.reaps.set(result, [...this.reapsOf(result), { bar, pid: result, status }]);
    const { pid = this.pid, signal } = (SENDERS.has(call) ? SENDS.exec(args)?.groups : undefined) ?? {};
    if (signal !== undefined) this.sent.push({ bar, pid: Number(pid), signal });
    if ((call === 'sigaction' || call === 'signal') && SETS_SIGCHLD.test(args)) {
      this.discards.push({ t: bar.end, discards: DISCARDS.test(args) });
    }
  }

  private handlerReturned({ open, bars }: Track, { signal, t }: SignalEvent): void {
    const index = open.findLastIndex(({ event }) => event.kind === 'signal' && event.signal === signal);
    const [frame] = index === -1 ? [] : open.splice(index, 1);
    // A child that was forked in a handler begins inside of it.
    const start = frame?.event.t ?? this.start;
    bars.push({ kind: 'handler', signal, start, end: t, returned: true, depth: frame?.depth ?? open.length });
  }

  /** An exception left them: the call beneath them goes on without their return. Calls above are those of other threads. */
  private closeHandlersAbove(track: Track, index: number, t: number): void {
    const above = track.open.splice(index);
    for (const frame of above) {
      if (frame.event.kind === 'signal') this.close(track, frame, t);
      else track.open.push(frame);
    }
  }

  private close({ bars }: Track, { event, depth }: Frame, end: number): void {
    if (event.kind === 'signal') {
      bars.push({ kind: 'handler', signal: event.signal, start: event.t, end, returned: false, depth });
      return;
    }
    const { call, args, t } = event;
    bars.push({ kind: 'call', call, args, start: t, end, shown: undefined, errno: undefined, depth });
  }
}

/** The return of fork in the child: its first event. */
export function isBirth(event: Event): boolean {
  return event.kind === 'call' && FORKS.has(event.call) && event.result === 0;
}
