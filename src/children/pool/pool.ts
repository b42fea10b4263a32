import { EventEmitter } from 'node:events';
import { native } from '../../native';
import type { Ending } from '../forked-child';
import { functionsOfPool, type Functions as PoolFunctions } from './functions';
import { Job, type JobRequest } from './job';
import type { Member, PoolChild } from './member';
import {
  checkRun,
  type ForkPoolOptions,
  type PoolSettings,
  poolSettings,
  type RunOptions,
  type Tasks,
} from './options';
import { Staff } from './staff';
import { type TimeSummary, Times } from './times';

/** How a child of a pool has ended. */
export interface PoolDeath {
  readonly pid: number;
  /** How many tasks it had done. */
  readonly tasks: number;
  /** The pool had told it to end: it had done its share, was too old or too large, had nothing to do, or was to be stopped. */
  readonly isExpected: boolean;
  /** ChildExited, ChildKilled, or what the child has thrown; undefined where it was expected. */
  readonly error: unknown;
}

/** What a pool emits. */
export interface PoolEvents {
  /** A child has been forked. */
  birth: [child: PoolChild];
  /** A child has been reaped. */
  death: [death: PoolDeath];
  /** No task waits for a child any more. */
  drain: [];
  /** No child could be forked. Where others are left to do the tasks, nobody else hears of it. */
  error: [error: unknown];
}

type FunctionOf<Functions extends Tasks, Name extends string> = Functions extends (data: never) => unknown
  ? Functions
  : Name extends keyof Functions
    ? Functions[Name]
    : (data: unknown) => unknown;

/** What a function of a pool takes. */
export type TaskData<Functions extends Tasks, Name extends string> =
  FunctionOf<Functions, Name> extends (data: infer Data) => unknown ? Data : never;

/** What it gives. */
export type TaskResult<Functions extends Tasks, Name extends string> =
  FunctionOf<Functions, Name> extends (data: never) => infer Result ? Awaited<Result> : never;

function poolError(code: string, message: string): Error {
  return Object.assign(new Error(`realfork: ${message}`), { code });
}

/**
 * Children that take tasks, one after the other. They are forked from this process as they are needed, and have its memory
 * as it was at their fork: what `prepare` has loaded is there. A child that has died, has done its share or has grown is
 * replaced.
 *
 * Names are piscina's where they mean the same. docs/children.md says what differs.
 * @see fork(2), socketpair(2), docs/children.md
 */
export class ForkPool<Functions extends Tasks = Tasks> extends EventEmitter<PoolEvents> {
  private readonly settings: PoolSettings;
  private readonly staff: Staff;
  /** In their order. */
  private queue = new Set<Job>();
  private readonly running = new Map<Job, Member>();
  private readonly waits = new Times();
  private readonly runs = new Times();
  private readonly owner = native.getpid();
  private readonly startedAt = performance.now();
  /** Undefined: `prepare` is not done. */
  private functions: PoolFunctions | undefined;
  private failure: { readonly error: unknown } | undefined;
  private isClosing = false;
  private readonly closers: (() => void)[] = [];
  /** How many tasks were done, those among them that threw. */
  completed = 0;
  /** How many children were forked. */
  births = 0;
  /** How many of them have died before the pool told them to end. */
  deaths = 0;

  /** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
  constructor(options: ForkPoolOptions<Functions>) {
    super();
    this.settings = poolSettings(options);
    this.staff = new Staff(this.settings, {
      born: (member) => this.born(member),
      gone: (member, ending) => this.gone(member, ending),
      notForked: (error) => this.notForked(error),
    });
    void this.prepare();
  }

  /**
   * Has a child do a task.
   * @param data what the function is given: a structured clone of it
   * @returns what it gives: a structured clone as well
   * @throws (rejects with) what the function throws, with its class, message, stack, cause and properties; ChildExited,
   *   ChildKilled; the reason of `signal`; DOMException TimeoutError, DataCloneError; what `prepare` has thrown; what
   *   forkWhenIdle() throws, where there is no child; Error ERR_POOL_QUEUE_FULL, ERR_POOL_CLOSED, ERR_POOL_DESTROYED,
   *   ERR_POOL_OF_PARENT; TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE
   */
  async run<Name extends string = 'default'>(
    data: TaskData<Functions, Name>,
    options: RunOptions & { readonly name?: Name } = {},
  ): Promise<TaskResult<Functions, Name>> {
    checkRun(options);
    this.refuse(options.signal);
    const { name = this.settings.name, signal } = options;
    const { timeout = this.settings.timeout, retries = this.settings.retries } = options;
    const job = this.enqueue({ name, data, signal, timeout, retries });
    return (await job.promise) as TaskResult<Functions, Name>;
  }

  /** @throws what stands against any task */
  private refuse(signal: AbortSignal | undefined): void {
    if (native.getpid() !== this.owner) {
      throw poolError(
        'ERR_POOL_OF_PARENT',
        "this pool is the parent's: a child has none of its children. Make one here",
      );
    }
    if (this.isClosing) throw poolError('ERR_POOL_CLOSED', 'the pool takes no more tasks: it was closed');
    if (this.failure !== undefined) throw this.failure.error;
    signal?.throwIfAborted();
  }

  private enqueue(request: JobRequest): Job {
    const job = new Job(request, () => this.abandon(job));
    this.queue.add(job);
    this.pump();
    const { maxQueue, size } = this.settings;
    const soonTaken = this.functions === undefined ? size : this.staff.coming;
    if (this.queue.has(job) && this.queue.size - soonTaken > maxQueue) {
      this.queue.delete(job);
      job.fail(poolError('ERR_POOL_QUEUE_FULL', `${maxQueue} tasks are waiting already, as many as may (maxQueue)`));
    }
    return job;
  }

  private async prepare(): Promise<void> {
    const { settings } = this;
    try {
      await Promise.resolve(); // the pool is made before it is used
      await settings.prepare();
      this.functions = await functionsOfPool(settings);
    } catch (error) {
      this.failure = { error };
      this.rejectQueue(error);
      return;
    }
    this.keepUp();
    this.pump();
  }

  /** So many children as there are to be at least. */
  private keepUp(): void {
    const { functions, isClosing, staff, settings } = this;
    if (functions === undefined || isClosing) return;
    while (staff.count < settings.minSize && staff.hire(functions));
  }

  /** Gives tasks to those that have none, and forks for those that are left. */
  private pump(): void {
    const { functions, staff } = this;
    if (functions === undefined) return;
    for (const job of this.queue) {
      const member = staff.takeIdle();
      if (member === undefined) break;
      this.queue.delete(job);
      this.begin(job, member);
      if (this.queue.size === 0) this.emit('drain');
    }
    while (this.queue.size > staff.coming && staff.hire(functions));
  }

  private begin(job: Job, member: Member): void {
    const { name, data } = job.request;
    const startedAt = performance.now();
    this.waits.record(startedAt - job.queuedAt);
    this.running.set(job, member);
    member.job = job;
    job.begin();
    const end = (how: () => void): void => {
      this.runs.record(performance.now() - startedAt);
      this.running.delete(job);
      member.job = undefined;
      member.tasks += 1;
      if (!job.isOver) how();
      this.staff.release(member);
      this.pump();
      this.tellClosers();
    };
    member.child.run([name, data]).then(
      (value) => end(() => this.succeed(job, value)),
      (error: unknown) => end(() => this.fail(job, member, error)),
    );
  }

  private succeed(job: Job, value: unknown): void {
    this.completed += 1;
    job.succeed(value);
  }

  private fail(job: Job, member: Member, error: unknown): void {
    const { fatal, ending } = member.child;
    const hasDied = fatal === undefined && ending !== undefined;
    if (hasDied && job.retriesLeft > 0) {
      job.beginAgain();
      this.queue = new Set([job, ...this.queue]);
      return;
    }
    if (!hasDied) this.completed += 1;
    job.fail(error);
  }

  /** It was aborted, or its time is over. */
  private abandon(job: Job): void {
    this.queue.delete(job);
    const member = this.running.get(job);
    if (member !== undefined) this.staff.dismiss(member);
    this.tellClosers();
  }

  private born(member: Member): void {
    this.births += 1;
    this.pump();
    this.emit('birth', member.view);
  }

  private gone(member: Member, ending: Ending): void {
    const { isLeaving, pid, tasks, child } = member;
    if (!isLeaving) this.deaths += 1;
    // One that dies before its first task would be followed by others, without end.
    if (isLeaving || tasks > 0) this.keepUp();
    this.pump();
    const error = isLeaving ? undefined : (child.fatal?.error ?? child.child.errorOf(ending));
    this.emit('death', { pid, tasks, isExpected: isLeaving, error });
  }

  private notForked(error: unknown): void {
    if (this.isClosing && this.queue.size === 0) return; // it was called off
    if (!this.staff.hasHands) this.rejectQueue(error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  private rejectQueue(error: unknown): void {
    const jobs = [...this.queue];
    this.queue.clear();
    for (const job of jobs) job.fail(error);
    this.tellClosers();
  }

  private tellClosers(): void {
    if (this.queue.size > 0 || this.running.size > 0) return;
    for (const tell of this.closers.splice(0)) tell();
  }

  /**
   * Replaces all children by such as have this process's memory as it is now. Those that are busy finish their task.
   * @returns when the old ones have ended
   */
  async refresh(): Promise<void> {
    this.refuse(undefined);
    const old = this.staff.renew();
    this.pump();
    await old;
  }

  /**
   * Takes no more tasks, and ends the children when those that were given are done.
   * @param options `force`: tasks that no child has begun are rejected with ERR_POOL_CLOSED
   */
  async close({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    this.isClosing = true;
    if (force) this.rejectQueue(poolError('ERR_POOL_CLOSED', 'the pool was closed before the task was begun'));
    if (this.queue.size > 0 || this.running.size > 0) {
      await new Promise<void>((resolve) => {
        this.closers.push(resolve);
      });
    }
    await this.staff.close();
  }

  /** Ends all children at once. Tasks that are not done are rejected with ERR_POOL_DESTROYED. */
  async destroy(): Promise<void> {
    this.isClosing = true;
    const error = poolError('ERR_POOL_DESTROYED', 'the pool was destroyed before the task was done');
    this.rejectQueue(error);
    for (const job of this.running.keys()) if (!job.isOver) job.fail(error);
    await this.staff.end();
  }

  /** close(), at the end of a block that has the pool by `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The children that there are. */
  get children(): readonly PoolChild[] {
    return this.staff.all.map(({ view }) => view);
  }

  /** How many tasks wait for a child. */
  get queueSize(): number {
    return this.queue.size;
  }

  /** Whether tasks wait: 'drain' will tell when none does. */
  get needsDrain(): boolean {
    return this.queue.size > 0;
  }

  /** How long tasks waited for a child. */
  get waitTime(): TimeSummary {
    return this.waits.summary;
  }

  /** How long they took, from their start. */
  get runTime(): TimeSummary {
    return this.runs.summary;
  }

  /** Milliseconds since the pool was made. */
  get duration(): number {
    return performance.now() - this.startedAt;
  }

  /** How much of the time of `size` children was spent on tasks: 0 to 1. */
  get utilization(): number {
    return this.runs.total / (this.duration * this.settings.size);
  }
}
