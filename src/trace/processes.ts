import type { Event } from '../observe/events';
import type { Effect, HandlerReturn, HandlerSet, Seen, SeenCall, SeenEnd, SeenSignal } from './seen';

/**
 * Makes the events of a run of what a tracer saw: which thread is whose, what a signal did to the call that it came into, when a
 * handler began and ended.
 *
 * Events are told as soon as they are certain, and that need not be in the order of their times: the entry of a call is told
 * with its return, and that a handler has run may be known only when it is left. A recording sorts them.
 */

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
  isRestarting: boolean;
}

/** A handler that runs. */
interface Frame {
  readonly signal: string;
  readonly interrupted: Pending | undefined;
}

interface Thread {
  readonly process: TracedProcess;
  readonly number: number;
  readonly handlers: Frame[];
  pending: Pending | undefined;
  /** Signals of which it is not known whether a handler ran for them. */
  undecided: SeenSignal[];
  /** Until when it is known what it did. */
  last: number;
}

const EINTR = { kind: 'failed', errno: 'EINTR' } as const;
/** What the note says of a call that the kernel makes again after a handler; with the signals behind it. */
export const RESTARTED = 'restarted after ';
/** Of these more than enough: a program that ignores a signal may get millions. */
const MOST_UNDECIDED = 64;

class TracedProcess {
  /** By signal: whether it has a handler, as far as was seen. */
  readonly handled: Map<string, HandlerSet>;
  /** By descriptor: addresses of sockets, and whether they listen. */
  readonly sockets: Map<string, { readonly address: string; readonly listens: boolean }>;
  /** True if it is known which handlers it had at some time: none after exec, or those that were told. */
  isKnown: boolean;
  exiting: { readonly status: number; readonly t: number; readonly order: number } | undefined;
  hasEnded = false;

  constructor(
    readonly pid: number,
    parent?: TracedProcess,
  ) {
    this.handled = new Map(parent?.handled);
    this.sockets = new Map(parent?.sockets);
    this.isKnown = parent?.isKnown ?? false;
  }

  /** exec resets handlers, and nothing else. signal(7) */
  exec(): void {
    for (const signal of this.handled.keys()) this.handled.set(signal, 'none');
  }
}

function endWords({ how }: SeenEnd): string {
  if (how.kind === 'exited') return `exited ${how.status}`;
  return `killed by ${how.signal}${how.core ? ' (core dumped)' : ''}`;
}

export interface ProcessesOptions {
  /** The processes of threads that are known before, by the threads' numbers. */
  readonly owners?: ReadonlyMap<number, number>;
  /** Signals that a process had handlers for, before anything of it was seen; and that all others of its have none. */
  readonly caught?: ReadonlyMap<number, readonly string[]>;
  /** True if each call of sigaction is seen, before the first is: from its exec on, it is known which signals a program handles. */
  readonly seesSigaction?: boolean;
}

export class Processes {
  private readonly threads = new Map<number, Thread>();
  /** Threads in a call that makes another; what unknown ones do is kept until it is known whose they are. */
  private readonly making = new Set<number>();
  private readonly unknown = new Map<number, Seen[]>();
  private readonly ends = new Map<number, string>();
  /** Whether calls of sigaction are seen at all: a log may have been asked for others. */
  private seesSigaction: boolean;

  constructor(
    private readonly tell: (placed: Placed) => void,
    private readonly options: ProcessesOptions = {},
  ) {
    this.seesSigaction = options.seesSigaction ?? false;
  }

  take(seen: Seen): void {
    const kept = this.unknown.get(seen.thread);
    if (kept !== undefined) {
      kept.push(seen);
      return;
    }
    const thread = this.threads.get(seen.thread) ?? this.stranger(seen);
    if (thread === undefined) return;
    this.making.delete(seen.thread);
    this.seen(thread, seen);
    if (seen.kind === 'making') this.making.add(seen.thread);
    else if (this.making.size === 0) this.releaseStrangers();
  }

  /** Nothing more will be seen. */
  end(): void {
    this.making.clear();
    this.releaseStrangers();
    for (const thread of this.threads.values()) this.leave(thread);
    for (const { process } of this.threads.values()) {
      const { exiting, hasEnded, pid } = process;
      if (hasEnded || exiting === undefined) continue;
      process.hasEnded = true;
      const { status, t, order } = exiting;
      this.tell({ event: { kind: 'exit', t, pid, status }, order });
    }
  }

  /** One of whom nothing was seen yet; undefined: what it does is kept, since it may be the new one of a call that is under way. */
  private stranger(seen: Seen): Thread | undefined {
    const owner = this.options.owners?.get(seen.thread);
    if (this.making.size > 0 && owner === undefined) {
      this.unknown.set(seen.thread, [seen]);
      return undefined;
    }
    const pid = owner ?? seen.thread;
    return this.thread(seen.thread, this.threads.get(pid)?.process ?? this.process(pid));
  }

  private process(pid: number): TracedProcess {
    const process = new TracedProcess(pid);
    const caught = this.options.caught?.get(pid);
    if (caught !== undefined) process.isKnown = true;
    for (const signal of caught ?? []) process.handled.set(signal, 'set');
    return process;
  }

  private thread(number: number, process: TracedProcess): Thread {
    const thread = { process, number, handlers: [], pending: undefined, undecided: [], last: 0 };
    this.threads.set(number, thread);
    return thread;
  }

  private releaseStrangers(): void {
    for (const [number, kept] of [...this.unknown]) {
      this.unknown.delete(number);
      for (const seen of kept) this.take(seen);
    }
  }

  private seen(thread: Thread, seen: Seen): void {
    switch (seen.kind) {
      case 'making':
        break;
      case 'call':
        this.call(thread, seen);
        break;
      case 'signal':
        this.signal(thread, seen);
        break;
      case 'handler-return':
        this.handlerReturns(thread, seen);
        break;
      case 'end':
        this.ended(thread, seen);
        break;
      case 'replaced':
        this.leave(thread);
        this.threads.delete(seen.by);
        break;
    }
  }

  private emit(thread: Thread, order: number, event: Event): void {
    const { process, number } = thread;
    thread.last = Math.max(thread.last, event.t);
    this.tell({ event: number === process.pid ? event : { ...event, thread: number }, order });
  }

  /** What a thread does next does not begin before its last has ended: -T and -ttt are rounded apart. */
  private from(thread: Thread, t: number): number {
    return Math.max(thread.last, t);
  }

  private call(thread: Thread, seen: SeenCall): void {
    const { pending } = thread;
    thread.pending = undefined;
    if (pending !== undefined) {
      const goesOn = this.decided(thread, pending, seen);
      if (goesOn !== undefined) {
        this.finish(thread, goesOn, seen);
        return;
      }
    }
    this.finish(thread, { seen, signals: [], isRestarting: false }, seen);
  }

  /** What becomes of a call that a signal came into, now that the next call is seen. @returns it, if that is it again */
  private decided(thread: Thread, pending: Pending, next: SeenCall): Pending | undefined {
    const { seen } = pending;
    const isSame = next.continues === true || (next.call === seen.call && next.args === seen.args);
    if (seen.outcome.kind === 'failed') {
      this.settle(thread, seen, seen.order);
      return undefined;
    }
    if (isSame) {
      if (pending.signals.length > 0) this.restarted(thread, pending, next);
      return { ...pending, isRestarting: false };
    }
    if (!pending.isRestarting && thread.undecided.length > 0) {
      // Another call, where the kernel would have made this one again: it is a handler's.
      this.handlersBegin(thread, pending);
      return undefined;
    }
    this.left(thread, pending, this.from(thread, next.t), next.order);
    return undefined;
  }

  private restarted(thread: Thread, pending: Pending, next: SeenCall): void {
    const { pid } = thread.process;
    const why = [...new Set(pending.signals)].join(', ');
    const how = `${pending.isRestarting ? RESTARTED : 'goes on after '}${why}`;
    this.unhandled(thread);
    this.emit(thread, next.order, {
      ...{ kind: 'note', t: this.from(thread, next.t), pid },
      ...{ name: pending.seen.call, value: how },
    });
  }

  /** A call that a handler has left by longjmp, or by ending its process. */
  private left(thread: Thread, { seen }: Pending, t: number, order: number): void {
    this.entered(thread, seen);
    const { pid } = thread.process;
    this.emit(thread, order, { kind: 'call', t, pid, call: seen.call, args: seen.args, shown: '?' });
  }

  /** Its time may be long before what was told meanwhile. */
  private entered({ process, number }: Thread, { t, order, call, args }: SeenCall): void {
    const event: Event = { kind: 'enter', t, pid: process.pid, call, args };
    this.tell({ event: number === process.pid ? event : { ...event, thread: number }, order });
  }

  /** A call is over, or a signal came into it: `last` is its last part, with the result. */
  private finish(thread: Thread, begun: Pending, last: SeenCall): void {
    const isFirst = begun.seen === last;
    const seen = isFirst ? { ...last, t: this.from(thread, last.t) } : { ...last, ...beginningOf(begun.seen) };
    const { outcome } = last;
    const isEintr = outcome.kind === 'failed' && outcome.errno === 'EINTR';
    if (outcome.kind === 'interrupted' || isEintr) {
      thread.last = Math.max(thread.last, seen.t);
      thread.pending = { seen: { ...seen, outcome }, signals: begun.signals, isRestarting: false };
      return;
    }
    if (last.effect?.kind === 'exits') {
      const { status } = last.effect;
      if (thread.number === thread.process.pid) thread.process.exiting = { status, t: seen.t, order: last.order };
      return;
    }
    if (outcome.kind === 'none') {
      this.entered(thread, seen);
      thread.last = Math.max(thread.last, seen.t);
      return;
    }
    this.settle(thread, seen, last.order);
    if (last.effect !== undefined) this.effect(thread, last, last.effect);
  }

  /** Its return is told. */
  private settle(thread: Thread, seen: SeenCall, order: number): void {
    const { call, args, outcome } = seen;
    const t = Math.max(this.from(thread, seen.end), seen.t);
    const event = { kind: 'call', t, pid: thread.process.pid, call, args } as const;
    this.entered(thread, seen);
    if (outcome.kind === 'failed')
      this.emit(thread, order, { ...event, result: -1, shown: '-1', errno: outcome.errno });
    else if (outcome.kind === 'returned') {
      const { value } = outcome;
      const shown = this.withStatus(seen, outcome.shown);
      this.emit(thread, order, { ...event, ...(value === undefined ? {} : { result: value }), shown });
    }
  }

  /** The program did not ask for the status; the tracer has seen the end. */
  private withStatus({ effect }: SeenCall, shown: string): string {
    const end = effect?.kind === 'reaped' ? this.ends.get(effect.child) : undefined;
    return end === undefined ? shown : `${shown}, ${end}`;
  }

  private effect(thread: Thread, seen: SeenCall, effect: Effect): void {
    const { process } = thread;
    switch (effect.kind) {
      case 'made':
        this.made(thread, seen, effect.thread, effect.as === 'process');
        break;
      case 'disposition':
        process.handled.set(effect.signal, effect.handler);
        this.seesSigaction = true;
        break;
      case 'exec':
        process.exec();
        process.isKnown = true;
        thread.handlers.length = 0;
        break;
      case 'named':
        this.named(thread, seen, effect.fd, effect.address);
        break;
      case 'listens': {
        const socket = process.sockets.get(effect.fd);
        if (socket === undefined) break;
        process.sockets.set(effect.fd, { ...socket, listens: true });
        this.listens(thread, seen, socket.address);
        break;
      }
      case 'exits':
      case 'reaped':
        break;
    }
  }

  /** bind says which port is asked for, and getsockname which it is. */
  private named(thread: Thread, seen: SeenCall, fd: string, address: string): void {
    const { sockets } = thread.process;
    const known = sockets.get(fd);
    sockets.set(fd, { address, listens: known?.listens ?? false });
    if (known?.listens === true && known.address !== address) this.listens(thread, seen, address);
  }

  private listens(thread: Thread, { order }: SeenCall, address: string): void {
    const port = Number(/:([1-9]\d*)$/.exec(address)?.[1]);
    this.emit(thread, order, {
      ...{ kind: 'listening', t: thread.last, pid: thread.process.pid, address },
      port: Number.isInteger(port) ? port : undefined,
    });
  }

  private made(maker: Thread, seen: SeenCall, number: number, isProcess: boolean): void {
    const kept = this.unknown.get(number) ?? [];
    this.unknown.delete(number);
    const [first] = kept;
    if (isProcess) {
      const process = new TracedProcess(number, maker.process);
      const t = Math.max(seen.t, Math.min(first?.t ?? maker.last, maker.last));
      const order = first?.order ?? seen.order;
      const event = { kind: 'call', t, pid: number, call: seen.call, args: '', result: 0, shown: '0' } as const;
      this.ends.delete(number);
      const child = this.thread(number, process);
      // Forked in a handler, it leaves that one too. What the signal had interrupted is its parent's call.
      child.handlers.push(...maker.handlers.map(({ signal }) => ({ signal, interrupted: undefined })));
      this.emit(child, order, event);
    } else this.thread(number, maker.process);
    for (const one of kept) this.take(one);
  }

  private signal(thread: Thread, told: SeenSignal): void {
    const { pending, process } = thread;
    const seen = { ...told, t: this.from(thread, told.t) };
    pending?.signals.push(seen.signal);
    const handler = process.handled.get(seen.signal) ?? 'none';
    if (handler === 'once') process.handled.set(seen.signal, 'none');
    if (handler === 'none') {
      thread.undecided.push(seen);
      if (process.isKnown && this.seesSigaction) this.unhandled(thread);
      else if (thread.undecided.length > MOST_UNDECIDED) this.unhandled(thread, 1);
      return;
    }
    thread.pending = undefined;
    this.unhandled(thread);
    this.handlerBegins(thread, seen, pending);
  }

  /** All that came since the last call were handled, in the order of which the first is left last. */
  private handlersBegin(thread: Thread, interrupted: Pending | undefined): void {
    let first = interrupted;
    for (const seen of thread.undecided.splice(0)) {
      this.handlerBegins(thread, seen, first);
      first = undefined;
    }
  }

  private handlerBegins(
    thread: Thread,
    { t, order, signal, from }: SeenSignal,
    interrupted: Pending | undefined,
  ): void {
    thread.handlers.push({ signal, interrupted });
    this.emit(thread, order, {
      ...{ kind: 'signal', t, pid: thread.process.pid, signal, phase: 'handler' },
      ...(from === undefined ? {} : { from }),
    });
  }

  /** Of the first so many undecided ones no handler ran. */
  private unhandled(thread: Thread, count = thread.undecided.length): void {
    for (const { t, order, signal, from } of thread.undecided.splice(0, count)) {
      const name = from === undefined ? signal : `${signal} from ${from}`;
      this.emit(thread, order, { kind: 'note', t, pid: thread.process.pid, name, value: 'no handler' });
    }
  }

  /** Whether the handler that is left is that of the last signal of which nothing was known. */
  private isOfUndecided({ handlers, undecided }: Thread, { blocked = [] }: HandlerReturn): boolean {
    const around = handlers.at(-1);
    return undecided.length > 0 && (around === undefined || blocked.includes(around.signal));
  }

  private handlerReturns(thread: Thread, seen: HandlerReturn): void {
    const { order, isEintr } = seen;
    const last = this.isOfUndecided(thread, seen) ? thread.undecided.pop() : undefined;
    if (last !== undefined) {
      // It is left, hence it ran: for the last that came.
      const { pending } = thread;
      thread.pending = undefined;
      this.unhandled(thread);
      this.handlerBegins(thread, last, pending);
    }
    const frame = thread.handlers.pop();
    if (frame === undefined) return; // the log begins in the middle of it
    const t = this.from(thread, seen.t);
    this.emit(thread, order, { kind: 'signal', t, pid: thread.process.pid, signal: frame.signal, phase: 'return' });
    const { interrupted } = frame;
    if (interrupted === undefined) return;
    if (isEintr) this.settle(thread, { ...interrupted.seen, end: t, outcome: EINTR }, order);
    else thread.pending = { ...interrupted, isRestarting: true };
  }

  private ended(thread: Thread, seen: SeenEnd): void {
    const { process, number } = thread;
    this.leave(thread);
    this.threads.delete(number);
    if (number !== process.pid) return;
    process.hasEnded = true;
    this.ends.set(number, endWords(seen));
    const base = { t: this.from(thread, seen.t), pid: number };
    const { how } = seen;
    this.emit(
      thread,
      seen.order,
      how.kind === 'exited'
        ? { kind: 'exit', ...base, status: how.status }
        : { kind: 'killed', ...base, signal: how.signal, core: how.core },
    );
  }

  /** What is under way does not return. */
  private leave(thread: Thread): void {
    const { pending, handlers } = thread;
    thread.pending = undefined;
    this.unhandled(thread);
    for (const { interrupted } of handlers.splice(0))
      if (interrupted !== undefined) this.entered(thread, interrupted.seen);
    if (pending !== undefined) this.entered(thread, pending.seen);
  }
}

function beginningOf({ t, order, call, args }: SeenCall): Pick<SeenCall, 't' | 'order' | 'call' | 'args'> {
  return { t, order, call, args };
}

/** The events in the order of their times. */
export function inOrder(placed: readonly Placed[]): Event[] {
  return placed
    .toSorted((one, other) => one.event.t - other.event.t || one.order - other.order)
    .map(({ event }) => event);
}
