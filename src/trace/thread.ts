import type { Event } from '../observe/events';
import type { Effect, HandlerReturn, SeenCall, SeenSignal } from './seen';
import type { TracedProcess } from './traced-process';

/** An event with its place among others of the same time. */
export interface Placed {
  readonly event: Event;
  readonly order: number;
}

/** A call that a signal has come into: it is made again, or fails with EINTR. */
interface Pending {
  readonly seen: SeenCall;
  /** What came into it. */
  readonly signals: string[];
  /** Whether a handler has run since, and it is to be made again. */
  readonly isRestarting: boolean;
}

/** A handler that runs. */
interface Frame {
  readonly signal: string;
  readonly interrupted: Pending | undefined;
}

/** What a thread is to know of others, and to tell them. */
export interface Surroundings {
  readonly tell: (placed: Placed) => void;
  /** Whether calls of sigaction are seen at all: a log may have been asked for others. */
  readonly seesSigaction: boolean;
  /** How a process has ended: "exited 0". */
  endOf(pid: number): string | undefined;
  /** A call has returned, and changes more than its own result. */
  effect(thread: TracedThread, seen: SeenCall, effect: Effect): void;
}

const EINTR = { kind: 'failed', errno: 'EINTR' } as const;
/** What the note says of a call that the kernel makes again after a handler; with the signals behind it. */
export const RESTARTED = 'restarted after ';
/** Of these more than enough: a program that ignores a signal may get millions. */
const MOST_UNDECIDED = 64;

function beginningOf({ t, order, call, args }: SeenCall): Pick<SeenCall, 't' | 'order' | 'call' | 'args'> {
  return { t, order, call, args };
}

/** What one thread does, one after the other: calls, and what signals do to them. */
export class TracedThread {
  /** Until when it is known what it did. */
  last = 0;
  private readonly handlers: Frame[];
  private pending: Pending | undefined;
  /** Signals of which it is not known whether a handler ran for them. */
  private readonly undecided: SeenSignal[] = [];

  /** @param maker by fork. Forked in a handler, it leaves that one too; what the signal had interrupted is its maker's call */
  constructor(
    readonly number: number,
    readonly process: TracedProcess,
    private readonly surroundings: Surroundings,
    maker?: TracedThread,
  ) {
    this.handlers = (maker?.handlers ?? []).map(({ signal }) => ({ signal, interrupted: undefined }));
  }

  get isFirst(): boolean {
    return this.number === this.process.pid;
  }

  /** Handlers are those of the program that was: it does not return to them. */
  exec(): void {
    this.handlers.length = 0;
  }

  call(seen: SeenCall): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending !== undefined) {
      const goesOn = this.decided(pending, seen);
      if (goesOn !== undefined) {
        this.finish(goesOn, seen);
        return;
      }
    }
    this.finish({ seen, signals: [], isRestarting: false }, seen);
  }

  /** What becomes of a call that a signal came into, now that the next call is seen. @returns it, if that is it again */
  private decided(pending: Pending, next: SeenCall): Pending | undefined {
    const { seen } = pending;
    const isSame = next.continues === true || (next.call === seen.call && next.args === seen.args);
    if (seen.outcome.kind === 'failed') {
      this.settle(seen, seen.order);
      return undefined;
    }
    if (isSame) {
      if (pending.signals.length > 0) this.restarted(pending, next);
      return { ...pending, isRestarting: false };
    }
    if (!pending.isRestarting && this.undecided.length > 0) {
      // Another call, where the kernel would have made this one again: it is a handler's.
      this.handlersBegin(pending);
      return undefined;
    }
    this.left(pending, this.from(next.t), next.order);
    return undefined;
  }

  private restarted(pending: Pending, next: SeenCall): void {
    const { pid } = this.process;
    const why = [...new Set(pending.signals)].join(', ');
    const how = `${pending.isRestarting ? RESTARTED : 'goes on after '}${why}`;
    this.unhandled();
    this.emit(next.order, {
      ...{ kind: 'note', t: this.from(next.t), pid },
      ...{ name: pending.seen.call, value: how },
    });
  }

  /** A call that a handler has left by longjmp, or by ending its process. */
  private left({ seen }: Pending, t: number, order: number): void {
    this.entered(seen);
    const { pid } = this.process;
    this.emit(order, { kind: 'call', t, pid, call: seen.call, args: seen.args, shown: '?' });
  }

  /** Its time may be long before what was told meanwhile. */
  private entered({ t, order, call, args }: SeenCall): void {
    const event: Event = { kind: 'enter', t, pid: this.process.pid, call, args };
    this.surroundings.tell({ event: this.isFirst ? event : { ...event, thread: this.number }, order });
  }

  /** A call is over, or a signal came into it: `last` is its last part, with the result. */
  private finish(begun: Pending, last: SeenCall): void {
    const isFirst = begun.seen === last;
    const seen = isFirst ? { ...last, t: this.from(last.t) } : { ...last, ...beginningOf(begun.seen) };
    const { outcome } = last;
    const isEintr = outcome.kind === 'failed' && outcome.errno === 'EINTR';
    if (outcome.kind === 'interrupted' || isEintr) {
      this.last = Math.max(this.last, seen.t);
      this.pending = { seen: { ...seen, outcome }, signals: begun.signals, isRestarting: false };
      return;
    }
    if (last.effect?.kind === 'exits') {
      const { status } = last.effect;
      if (this.isFirst) this.process.exiting = { status, t: seen.t, order: last.order };
      return;
    }
    if (outcome.kind === 'none') {
      this.entered(seen);
      this.last = Math.max(this.last, seen.t);
      return;
    }
    this.settle(seen, last.order);
    if (last.effect !== undefined) this.surroundings.effect(this, last, last.effect);
  }

  /** Its return is told. */
  private settle(seen: SeenCall, order: number): void {
    const { call, args, outcome } = seen;
    const t = Math.max(this.from(seen.end), seen.t);
    const event = { kind: 'call', t, pid: this.process.pid, call, args } as const;
    this.entered(seen);
    if (outcome.kind === 'failed') this.emit(order, { ...event, result: -1, shown: '-1', errno: outcome.errno });
    else if (outcome.kind === 'returned') {
      const { value } = outcome;
      const shown = this.withStatus(seen, outcome.shown);
      this.emit(order, { ...event, ...(value === undefined ? {} : { result: value }), shown });
    }
  }

  /** The program did not ask for the status; the tracer has seen the end. */
  private withStatus({ effect }: SeenCall, shown: string): string {
    const end = effect?.kind === 'reaped' ? this.surroundings.endOf(effect.child) : undefined;
    return end === undefined ? shown : `${shown}, ${end}`;
  }

  signal(told: SeenSignal): void {
    const { pending, process } = this;
    const seen = { ...told, t: this.from(told.t) };
    pending?.signals.push(seen.signal);
    const handler = process.handled.get(seen.signal) ?? 'none';
    if (handler === 'once') process.handled.set(seen.signal, 'none');
    if (handler === 'none') {
      this.undecided.push(seen);
      if (process.isKnown && this.surroundings.seesSigaction) this.unhandled();
      else if (this.undecided.length > MOST_UNDECIDED) this.unhandled(1);
      return;
    }
    this.pending = undefined;
    this.unhandled();
    this.handlerBegins(seen, pending);
  }

  /** All that came since the last call were handled, in the order of which the first is left last. */
  private handlersBegin(interrupted: Pending | undefined): void {
    let first = interrupted;
    for (const seen of this.undecided.splice(0)) {
      this.handlerBegins(seen, first);
      first = undefined;
    }
  }

  private handlerBegins({ t, order, signal, from }: SeenSignal, interrupted: Pending | undefined): void {
    this.handlers.push({ signal, interrupted });
    this.emit(order, {
      ...{ kind: 'signal', t, pid: this.process.pid, signal, phase: 'handler' },
      ...(from === undefined ? {} : { from }),
    });
  }

  /** Of the first so many undecided ones no handler ran. */
  private unhandled(count = this.undecided.length): void {
    for (const { t, order, signal, from } of this.undecided.splice(0, count)) {
      const name = from === undefined ? signal : `${signal} from ${from}`;
      this.emit(order, { kind: 'note', t, pid: this.process.pid, name, value: 'no handler' });
    }
  }

  /** Whether the handler that is left is that of the last signal of which nothing was known. */
  private isOfUndecided({ blocked = [] }: HandlerReturn): boolean {
    const { handlers, undecided } = this;
    const around = handlers.at(-1);
    return undecided.length > 0 && (around === undefined || blocked.includes(around.signal));
  }

  handlerReturns(seen: HandlerReturn): void {
    const { order, isEintr } = seen;
    const last = this.isOfUndecided(seen) ? this.undecided.pop() : undefined;
    if (last !== undefined) {
      // It is left, hence it ran: for the last that came.
      const { pending } = this;
      this.pending = undefined;
      this.unhandled();
      this.handlerBegins(last, pending);
    }
    const frame = this.handlers.pop();
    if (frame === undefined) return; // the log begins in the middle of it
    const t = this.from(seen.t);
    this.emit(order, { kind: 'signal', t, pid: this.process.pid, signal: frame.signal, phase: 'return' });
    const { interrupted } = frame;
    if (interrupted === undefined) return;
    if (isEintr) this.settle({ ...interrupted.seen, end: t, outcome: EINTR }, order);
    else this.pending = { ...interrupted, isRestarting: true };
  }

  /** What is under way does not return. */
  leave(): void {
    const { pending, handlers } = this;
    this.pending = undefined;
    this.unhandled();
    for (const { interrupted } of handlers.splice(0)) if (interrupted !== undefined) this.entered(interrupted.seen);
    if (pending !== undefined) this.entered(pending.seen);
  }

  emit(order: number, event: Event): void {
    this.last = Math.max(this.last, event.t);
    this.surroundings.tell({ event: this.isFirst ? event : { ...event, thread: this.number }, order });
  }

  /** What a thread does next does not begin before its last has ended: -T and -ttt are rounded apart. */
  from(t: number): number {
    return Math.max(this.last, t);
  }
}
