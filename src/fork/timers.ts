import { executionAsyncResource } from 'node:async_hooks';
import { clearImmediate, clearTimeout } from 'node:timers';
import { withScopes } from './scopes';
import { refusal } from './workers';

/**
 * The timers and immediates of Node: lib/internal/timers.js keeps them in lists that it shows nobody. They are found by
 * way of these lists, so that it costs what there are timers, and not what there is in V8's heap.
 */

/** A timer, an immediate, or the head of a list of timers. */
interface Item {
  readonly _idleNext: Item | null;
  readonly hasRef?: () => boolean;
}

interface Queues {
  /** By their milliseconds. */
  readonly timers: Readonly<Record<string, Item>>;
  readonly immediates: { readonly head: Item | null };
  /** Whose callbacks are being run: a timer or an immediate among them is in no list. */
  readonly running: readonly unknown[];
}

let queues: Queues | undefined;

/** The prototypes of what setTimeout() and setImmediate() give: Node does not export their classes. */
let timeout: object = {};
let immediate: object = {};

function noteClasses(): void {
  const timer = setTimeout(() => {}, 0);
  timeout = Object.getPrototypeOf(timer);
  clearTimeout(timer);
  const check = setImmediate(() => {});
  immediate = Object.getPrototypeOf(check);
  clearImmediate(check);
}

function findQueues(): Queues | undefined {
  return withScopes((variablesOf) => {
    const { timerListMap, immediateQueue } = variablesOf(clearTimeout);
    const { execution_async_resources: running } = variablesOf(executionAsyncResource);
    const isFound = typeof timerListMap === 'object' && timerListMap !== null && Array.isArray(running);
    if (!isFound || typeof immediateQueue !== 'object' || immediateQueue === null) return undefined;
    if (!('head' in immediateQueue)) return undefined;
    return { timers: timerListMap, immediates: immediateQueue, running } as Queues;
  });
}

function* timersOf(list: Item): Iterable<Item> {
  for (let item = list._idleNext; item !== null && item !== list; item = item._idleNext) yield item;
}

function* immediatesFrom(first: Item | null): Iterable<Item> {
  for (let item = first; item !== null; item = item._idleNext) yield item;
}

/** Those that do not keep the loop alive are left: Node has some of its own, and reckons with them. */
function isToGo(item: Item): boolean {
  return item.hasRef?.() ?? true;
}

function dropAll({ timers, immediates, running }: Queues): void {
  const due = [...Object.values(timers).flatMap((list) => [...timersOf(list)])];
  const checks = [...immediatesFrom(immediates.head)];
  for (const resource of running) {
    if (typeof resource !== 'object' || resource === null) continue;
    const prototype: unknown = Object.getPrototypeOf(resource);
    if (prototype === timeout) due.push(resource as Item);
    // The rest of a round of immediates hangs on the one that is being run.
    if (prototype === immediate) checks.push(...immediatesFrom(resource as Item));
  }
  for (const item of due.filter(isToGo)) clearTimeout(item as unknown as NodeJS.Timeout);
  for (const item of checks.filter(isToGo)) clearImmediate(item as unknown as NodeJS.Immediate);
}

/**
 * In the parent, before the fork: how a child drops its copies of the timers.
 * @throws Error ERR_FORK_TIMERS where they cannot be reached
 */
export function timersToDrop(): () => void {
  if (queues === undefined) {
    noteClasses();
    queues = findQueues();
  }
  if (queues === undefined) {
    throw refusal(
      'ERR_FORK_TIMERS',
      `{ inheritHandles: false } finds Node's timers by way of V8's inspector, which Node ${process.versions.node} does ` +
        'not have here (built without it, or not permitted: --allow-inspector). Fork without that option, and clear ' +
        'the timers and close the servers and sockets in the child.',
    );
  }
  const found = queues;
  return () => dropAll(found);
}
