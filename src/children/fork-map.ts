import { availableParallelism } from 'node:os';
import { onAbort } from '../abort-listeners';
import { checkNumber, outOfRange, wrongType } from '../checked';
import { checkSignal } from '../fork/when-idle';
import { type ChildOptions, type ChildSettings, childSettings } from './fork-child';
import { checkFunction } from './in-child';
import { TaskChild } from './task-child';

export interface ForkMapOptions extends ChildOptions {
  /** How many children work at a time. Default: one for each processor. */
  readonly concurrency?: number;
  /** When it is aborted all children are told to end, and the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** The result of one item. */
export interface MapResult<Result> {
  /** Of the item, from 0. */
  readonly index: number;
  readonly value: Result;
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkCount(call: string, argument: string, value: unknown): asserts value is number {
  checkNumber(call, argument, value);
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1)) return;
  throw outOfRange(call, argument, 'a whole number >= 1', value);
}

/** What is done with one result. The child does its next item meanwhile, and waits with its result until this is done. */
type Take = (index: number, value: unknown) => Promise<void> | undefined;

/** Children that share a list of items, which they have in their memory: they are only sent an index. */
class Crew<Item> {
  private readonly children = new Set<TaskChild>();
  /** Why it ends before it is done. */
  private failure: { readonly error: unknown } | undefined;
  private next = 0;
  private readonly stop = new AbortController();
  private readonly doTask: (index: unknown) => unknown;

  constructor(
    private readonly call: string,
    private readonly items: readonly Item[],
    fn: (item: Item, index: number) => unknown,
    private readonly settings: ChildSettings,
    private readonly take: Take,
  ) {
    this.doTask = (index) => fn(items[index as number] as Item, index as number);
  }

  /** @throws (rejects with) the first error of any of them, when all have ended */
  async work(concurrency: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const forgetSignal = onAbort(signal, () => this.end(signal?.reason));
    const count = Math.min(concurrency, this.items.length);
    const employed = Array.from({ length: count }, () => this.employ().catch((error: unknown) => this.end(error)));
    await Promise.all(employed);
    forgetSignal();
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** All of it ends before it is done. */
  end(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.stop.abort();
    for (const child of this.children) void child.terminate();
  }

  /** One child, to the end of the list. */
  private async employ(): Promise<void> {
    if (this.next >= this.items.length) return;
    const child = await TaskChild.fork(this.call, {
      settings: this.settings,
      doTask: this.doTask,
      signal: this.stop.signal,
    });
    this.children.add(child);
    try {
      await this.supply(child);
    } finally {
      await (this.failure === undefined ? child.finish() : child.terminate());
      this.children.delete(child);
    }
  }

  private async supply(child: TaskChild): Promise<void> {
    let taken: Promise<void> | undefined;
    while (this.next < this.items.length && this.failure === undefined) {
      const index = this.next++;
      const value = await child.run(index);
      await taken;
      taken = this.take(index, value);
    }
    await taken;
  }
}

interface Checked<Item> {
  readonly items: readonly Item[];
  readonly settings: ChildSettings;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

function check<Item>(call: string, items: Iterable<Item>, fn: unknown, options: ForkMapOptions): Checked<Item> {
  if (typeof items !== 'object' || items === null || typeof items[Symbol.iterator] !== 'function') {
    throw wrongType(call, 'items', 'an array or another iterable object', items);
  }
  checkFunction(call, 'fn', fn);
  const settings = childSettings(call, options, ['concurrency', 'signal']);
  const { concurrency = availableParallelism(), signal } = options;
  checkCount(call, 'options.concurrency', concurrency);
  checkSignal(call, signal);
  return { items: [...items], settings, concurrency, signal };
}

/**
 * Calls a function for each item, in children that are forked for it and share the items, and gives what it returned, in
 * the order of the items.
 *
 * Each child does one item after the other: what `fn` changes is there at the next item of the same child.
 * @param items they are in each child's memory: none is copied or sent
 * @param fn may be async
 * @throws (rejects with) what inChild() does, for the first item that fails: the other children are ended then
 * @see inChild
 */
export async function forkMap<Item, Result>(
  items: Iterable<Item>,
  fn: (item: Item, index: number) => Result,
  options: ForkMapOptions = {},
): Promise<Awaited<Result>[]> {
  const checked = check('forkMap', items, fn, options);
  const results: Awaited<Result>[] = new Array(checked.items.length);
  const crew = new Crew('forkMap', checked.items, fn, checked.settings, (index, value) => {
    results[index] = value as Awaited<Result>;
    return undefined;
  });
  await crew.work(checked.concurrency, checked.signal);
  return results;
}

/** Results on their way to who asks for them. */
class Results<Result> {
  private readonly ready: { readonly result: MapResult<Result>; readonly taken: () => void }[] = [];
  private wake: () => void = () => {};
  private isOver = false;

  /** @returns when it is taken, or nobody will */
  give(result: MapResult<Result>): Promise<void> {
    return new Promise((taken) => {
      if (this.isOver) taken();
      else this.ready.push({ result, taken });
      this.wake();
    });
  }

  /** There are no more of them. */
  over(): void {
    this.isOver = true;
    this.wake();
  }

  /** Nobody asks for them any more. */
  leave(): void {
    this.over();
    for (const { taken } of this.ready.splice(0)) taken();
  }

  /** Undefined: there is none any more. */
  async take(): Promise<MapResult<Result> | undefined> {
    while (this.ready.length === 0 && !this.isOver) {
      await new Promise<void>((wake) => {
        this.wake = wake;
      });
    }
    const first = this.ready.shift();
    first?.taken();
    return first?.result;
  }
}

/** The iteration was left before its end. */
const LEFT = new DOMException('The iteration of forkMapUnordered() was left', 'AbortError');

/**
 * As forkMap(), but gives each result as soon as it is there. A child whose result nobody has asked for does one more item
 * meanwhile, and then waits. Where the iteration is left (`break`), the children are ended.
 * @throws (rejects with) as forkMap()
 */
export async function* forkMapUnordered<Item, Result>(
  items: Iterable<Item>,
  fn: (item: Item, index: number) => Result,
  options: ForkMapOptions = {},
): AsyncGenerator<MapResult<Awaited<Result>>, void, undefined> {
  const checked = check('forkMapUnordered', items, fn, options);
  const results = new Results<Awaited<Result>>();
  const crew = new Crew('forkMapUnordered', checked.items, fn, checked.settings, (index, value) =>
    results.give({ index, value: value as Awaited<Result> }),
  );
  const work = crew.work(checked.concurrency, checked.signal).finally(() => results.over());
  work.catch(() => {}); // it is awaited below, whatever comes first
  try {
    for (let result = await results.take(); result !== undefined; result = await results.take()) yield result;
    await work;
  } finally {
    results.leave();
    crew.end(LEFT);
    await work.catch(() => {}); // it has been told above, or nobody asks any more
  }
}
