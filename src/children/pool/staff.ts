import type { Ending } from '../forked-child';
import { type DoTask, type Measure, TaskChild } from '../task-child';
import type { Functions } from './functions';
import { Member } from './member';
import type { PoolSettings } from './options';

/** Who hears of the children. */
export interface StaffEvents {
  born(member: Member): void;
  /** It has been reaped. */
  gone(member: Member, ending: Ending): void;
  /** No child could be forked. */
  notForked(error: unknown): void;
}

/** What a child does with a task, and what it tells of itself. Both are made in the parent, and are the child's own there. */
function workOf(
  functions: Functions,
  measures: boolean,
): { readonly doTask: DoTask; readonly measure: Measure | undefined } {
  let before: number | undefined;
  const doTask: DoTask = (task) => {
    if (measures) before ??= process.memoryUsage.rss();
    const [name, data] = task as readonly [string, unknown];
    const call = functions.get(name);
    if (call === undefined) throw new Error(`a pool without a function ${JSON.stringify(name)}`);
    return call(data);
  };
  return { doTask, measure: measures ? () => process.memoryUsage.rss() - (before ?? 0) : undefined };
}

/** The children of a pool: who is there, who is free, and who has to go. */
export class Staff {
  private readonly members = new Set<Member>();
  /** The one that was busy last is asked first: its memory is in the caches, and the others may leave. */
  private readonly idle: Member[] = [];
  private forking = 0;
  private generation = 0;
  private readonly stop = new AbortController();

  constructor(
    private readonly settings: PoolSettings,
    private readonly events: StaffEvents,
  ) {}

  /** Those that there are, and those that are being forked. */
  get count(): number {
    return this.members.size + this.forking;
  }

  /** Those that are being forked. */
  get coming(): number {
    return this.forking;
  }

  /** Whether there is anybody who will do a task, or make room for one who does. */
  get hasHands(): boolean {
    return this.forking > 0 || this.members.size > 0;
  }

  get all(): readonly Member[] {
    return [...this.members];
  }

  /** One that has nothing to do: it is to be given something. */
  takeIdle(): Member | undefined {
    const member = this.idle.pop();
    if (member === undefined) return undefined;
    clearTimeout(member.idleTimer);
    member.child.child.keepLoopAlive(true);
    return member;
  }

  /** Forks one more, unless there are as many as there may be. @returns whether one comes */
  hire(functions: Functions): boolean {
    if (this.count >= this.settings.size || this.stop.signal.aborted) return false;
    this.forking += 1;
    void this.fork(functions);
    return true;
  }

  private async fork(functions: Functions): Promise<void> {
    const { generation, settings } = this;
    const { doTask, measure } = workOf(functions, settings.maxMemory !== Number.POSITIVE_INFINITY);
    const birth = { settings: settings.child, doTask, measure, signal: this.stop.signal, isWatched: false };
    let child: TaskChild;
    try {
      child = await TaskChild.fork('ForkPool', birth);
    } catch (error) {
      this.forking -= 1;
      this.events.notForked(error);
      return;
    }
    this.forking -= 1;
    this.receive(new Member(child, generation));
  }

  private receive(member: Member): void {
    this.members.add(member);
    void member.child.ended.then((ending) => this.remove(member, ending));
    if (this.stop.signal.aborted) this.dismiss(member);
    else this.release(member);
    this.events.born(member);
  }

  private remove(member: Member, ending: Ending): void {
    this.members.delete(member);
    this.unlist(member);
    this.events.gone(member, ending);
  }

  private unlist(member: Member): void {
    clearTimeout(member.idleTimer);
    const at = this.idle.indexOf(member);
    if (at >= 0) this.idle.splice(at, 1);
  }

  /** It has nothing to do: it waits for the next task, or goes. */
  release(member: Member): void {
    if (member.isLeaving || member.child.fatal !== undefined || member.child.ending !== undefined) return;
    const { maxTasks, maxMemory } = this.settings;
    const grown = typeof member.child.measured === 'number' ? member.child.measured : 0;
    const isDone = member.tasks >= maxTasks || grown > maxMemory || member.generation < this.generation;
    if (isDone) this.retire(member);
    else this.rest(member);
  }

  private rest(member: Member): void {
    this.idle.push(member);
    member.child.child.keepLoopAlive(false);
    const { idleTimeout, minSize } = this.settings;
    if (idleTimeout === undefined) return;
    member.idleTimer = setTimeout(() => {
      if (this.count > minSize) this.retire(member);
    }, idleTimeout).unref();
  }

  /** It leaves, when it has done what it is at. */
  private retire(member: Member): void {
    this.unlist(member);
    if (member.isLeaving) return;
    member.isLeaving = true;
    member.child.child.keepLoopAlive(true);
    void member.child.finish();
  }

  /** It is told to end, whatever it is at. */
  dismiss(member: Member): void {
    this.unlist(member);
    member.isLeaving = true;
    member.child.child.keepLoopAlive(true);
    void member.child.terminate();
  }

  /** None stays that was forked before now. @returns when these have ended */
  async renew(): Promise<void> {
    this.generation += 1;
    const old = this.all;
    for (const member of old) if (member.job === undefined) this.retire(member);
    await Promise.all(old.map(({ child }) => child.ended));
  }

  /** All leave, when they have done what they are at. @returns when they have */
  async close(): Promise<void> {
    this.stop.abort();
    for (const member of this.all) this.retire(member);
    await this.gone();
  }

  /** All are told to end. @returns when they have */
  async end(): Promise<void> {
    this.stop.abort();
    for (const member of this.all) this.dismiss(member);
    await this.gone();
  }

  private async gone(): Promise<void> {
    while (this.members.size > 0) await Promise.all(this.all.map(({ child }) => child.ended));
  }
}
