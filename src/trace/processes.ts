import type { Event } from '../observe/events';
import type { Effect, Seen, SeenCall, SeenEnd } from './seen';
import { type Placed, type Surroundings, TracedThread } from './thread';
import { TracedProcess } from './traced-process';

/**
 * Makes the events of a run of what a tracer saw: which thread is whose, who made whom, how each ended. thread.ts has what a thread
 * does.
 *
 * Events are told as soon as they are certain, and that need not be in the order of their times: the entry of a call is told
 * with its return, and that a handler has run may be known only when it is left. A recording sorts them.
 */

export interface ProcessesOptions {
  /** The processes of threads that are known before, by the threads' numbers. */
  readonly owners?: ReadonlyMap<number, number>;
  /** Signals that a process had handlers for, before anything of it was seen; and that all others of its have none. */
  readonly caught?: ReadonlyMap<number, readonly string[]>;
  /** True if each call of sigaction is seen, before the first is: from its exec on, it is known which signals a program handles. */
  readonly seesSigaction?: boolean;
}

function endWords({ how }: SeenEnd): string {
  if (how.kind === 'exited') return `exited ${how.status}`;
  return `killed by ${how.signal}${how.core ? ' (core dumped)' : ''}`;
}

export class Processes implements Surroundings {
  seesSigaction: boolean;
  private readonly threads = new Map<number, TracedThread>();
  /** Threads in a call that makes another; what unknown ones do is kept until it is known whose they are. */
  private readonly making = new Set<number>();
  private readonly unknown = new Map<number, Seen[]>();
  private readonly ends = new Map<number, string>();

  constructor(
    readonly tell: (placed: Placed) => void,
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
    for (const thread of this.threads.values()) thread.leave();
    for (const { process } of this.threads.values()) {
      const { exiting, hasEnded, pid } = process;
      if (hasEnded || exiting === undefined) continue;
      process.hasEnded = true;
      const { status, t, order } = exiting;
      this.tell({ event: { kind: 'exit', t, pid, status }, order });
    }
  }

  endOf(pid: number): string | undefined {
    return this.ends.get(pid);
  }

  effect(thread: TracedThread, seen: SeenCall, effect: Effect): void {
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
        thread.exec();
        break;
      case 'named':
        if (process.named(effect.fd, effect.address)) this.listens(thread, seen, effect.address);
        break;
      case 'listens':
        this.listens(thread, seen, process.listens(effect.fd));
        break;
      case 'exits':
      case 'reaped':
        break; // the thread has dealt with it
    }
  }

  /** One of whom nothing was seen yet; undefined: what it does is kept, since it may be the new one of a call that is under way. */
  private stranger(seen: Seen): TracedThread | undefined {
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
    if (caught !== undefined) process.catches(caught);
    return process;
  }

  private thread(number: number, process: TracedProcess, maker?: TracedThread): TracedThread {
    const thread = new TracedThread(number, process, this, maker);
    this.threads.set(number, thread);
    return thread;
  }

  private releaseStrangers(): void {
    for (const [number, kept] of [...this.unknown]) {
      this.unknown.delete(number);
      for (const seen of kept) this.take(seen);
    }
  }

  private seen(thread: TracedThread, seen: Seen): void {
    switch (seen.kind) {
      case 'making':
        break;
      case 'call':
        thread.call(seen);
        break;
      case 'signal':
        thread.signal(seen);
        break;
      case 'handler-return':
        thread.handlerReturns(seen);
        break;
      case 'end':
        this.ended(thread, seen);
        break;
      case 'replaced':
        thread.leave();
        this.threads.delete(seen.by);
        break;
    }
  }

  private listens(thread: TracedThread, { order }: SeenCall, address: string | undefined): void {
    if (address === undefined) return;
    const port = Number(/:([1-9]\d*)$/.exec(address)?.[1]);
    thread.emit(order, {
      ...{ kind: 'listening', t: thread.last, pid: thread.process.pid, address },
      port: Number.isInteger(port) ? port : undefined,
    });
  }

  private made(maker: TracedThread, seen: SeenCall, number: number, isProcess: boolean): void {
    const kept = this.unknown.get(number) ?? [];
    this.unknown.delete(number);
    if (isProcess) this.born(maker, seen, number, kept[0]);
    else this.thread(number, maker.process);
    for (const one of kept) this.take(one);
  }

  /** @param first what was seen of it before its maker's call returned */
  private born(maker: TracedThread, seen: SeenCall, pid: number, first: Seen | undefined): void {
    this.ends.delete(pid);
    const child = this.thread(pid, new TracedProcess(pid, maker.process), maker);
    const t = Math.max(seen.t, Math.min(first?.t ?? maker.last, maker.last));
    const event = { kind: 'call', t, pid, call: seen.call, args: '', result: 0, shown: '0' } as const;
    child.emit(first?.order ?? seen.order, event);
  }

  private ended(thread: TracedThread, seen: SeenEnd): void {
    const { process, number } = thread;
    thread.leave();
    this.threads.delete(number);
    if (!thread.isFirst) return;
    process.hasEnded = true;
    this.ends.set(number, endWords(seen));
    const base = { t: thread.from(seen.t), pid: number };
    const { how, order } = seen;
    if (how.kind === 'exited') thread.emit(order, { kind: 'exit', ...base, status: how.status });
    else thread.emit(order, { kind: 'killed', ...base, signal: how.signal, core: how.core });
  }
}

/** The events in the order of their times. */
export function inOrder(placed: readonly Placed[]): Event[] {
  return placed
    .toSorted((one, other) => one.event.t - other.event.t || one.order - other.order)
    .map(({ event }) => event);
}
