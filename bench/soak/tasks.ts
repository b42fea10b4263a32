/**
 * Tasks for children of a ForkPool, and for children of their own, that end in every way there is.
 *
 *   tasks COUNT PATIENCE-SECONDS AT-A-TIME
 *
 * Shown: each task settles, once, with what is expected of it, though children are killed at random, exit in the middle,
 * throw what cannot be cloned, are aborted or are late. At the end there is no child, no zombie and no other descriptor
 * than before.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { inspect } from 'node:util';
import { SIGKILL } from 'realfork';
import { kill } from 'realfork/c';
import { ChildExited, ChildKilled, ForkPool, inChild } from 'realfork/children';
import { check, complain, conclude, verdict } from './findings';
import { checkLeftovers, openDescriptors, residentMemory } from './leftovers';
import { tell } from './messages';

const [count = 100_000, patience = 30, atATime = 4] = process.argv.slice(2).map(Number);

const forever = (): Promise<never> => new Promise(() => void setInterval(() => {}, 1000));
const LARGE = 200_000;

const TASKS = {
  value: (x: number) => x + 1,
  async later(x: number) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return x + 1;
  },
  large: (x: number) => Buffer.alloc(LARGE, x),
  error(x: number) {
    throw new RangeError(`task ${x}`);
  },
  uncloneableValue: () => () => 1,
  uncloneableError() {
    throw Object.assign(() => 1, { toString: () => 'a function' });
  },
  exit: (x: number) => process.exit(1 + (x % 100)),
  die: () => process.kill(process.pid, 'SIGKILL') && forever(),
  uncaught() {
    setImmediate(() => {
      throw new TypeError('of a callback');
    });
    return forever();
  },
  aborted: forever,
  late: forever,
};

type Kind = keyof typeof TASKS;

/** How many of a hundred are of each kind. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ...([
    ['value', 62],
    ['later', 8],
    ['large', 5],
    ['error', 5],
    ['uncloneableValue', 3],
  ] as const),
  ...([
    ['uncloneableError', 3],
    ['exit', 3],
    ['die', 3],
    ['uncaught', 2],
    ['aborted', 4],
    ['late', 2],
  ] as const),
];

/** Children of their own, of a hundred tasks. The others are of the pool. */
const IN_CHILD = 2;
/** Children of the pool that are killed from outside, of a hundred tasks. */
const KILLED = 1;

const isClass =
  (type: abstract new (...args: never[]) => Error, message?: RegExp) =>
  (error: unknown): boolean =>
    error instanceof type && (message === undefined || message.test(error.message));
const isException = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;

/** What a task is to be rejected with; the others give a value. */
const REJECTIONS: { readonly [Name in Kind]?: (error: unknown, x: number) => boolean } = {
  error: (error, x) => error instanceof RangeError && error.message === `task ${x}`,
  uncloneableValue: isException('DataCloneError'),
  uncloneableError: (error) => typeof error === 'string' && error.includes('[Function'),
  exit: (error, x) => error instanceof ChildExited && error.status === 1 + (x % 100),
  die: isClass(ChildKilled, /SIGKILL/),
  uncaught: isClass(TypeError, /of a callback/),
  aborted: (error) => error === 'aborted',
  late: isException('TimeoutError'),
};

function isValue(kind: Kind, x: number, value: unknown): boolean {
  if (kind === 'large') return Buffer.isBuffer(value) && value.length === LARGE && value[LARGE - 1] === x % 256;
  return (kind === 'value' || kind === 'later') && value === x + 1;
}

const chance = (ofHundred: number): boolean => Math.random() * 100 < ofHundred;

function kindOfNext(): Kind {
  let left = Math.random() * 100;
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'value';
}

const outcomes = new Map<string, number>();
let settled = 0;
let killedFromOutside = 0;

/** Children that were killed from outside: what they were at is rejected with that. */
const victims = new Set<number>();

function judge(kind: Kind, x: number, outcome: { readonly value: unknown } | { readonly error: unknown }): void {
  settled += 1;
  const isVictim = 'error' in outcome && outcome.error instanceof ChildKilled && victims.has(outcome.error.pid);
  const name = isVictim ? 'killed from outside' : kind;
  outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  if (isVictim) return;
  const isAsExpected =
    'error' in outcome ? (REJECTIONS[kind]?.(outcome.error, x) ?? false) : isValue(kind, x, outcome.value);
  if (!isAsExpected) complain(`task ${x} (${kind}): ${inspect(outcome, { breakLength: Number.POSITIVE_INFINITY })}`);
}

function run(pool: ForkPool<typeof TASKS>, kind: Kind, x: number): Promise<unknown> {
  const controller = new AbortController();
  if (kind === 'aborted') setTimeout(() => controller.abort('aborted'), Math.random() * 20);
  const limits = { signal: controller.signal, ...(kind === 'late' ? { timeout: 5 } : {}) };
  const isAlone = chance(IN_CHILD);
  return isAlone
    ? inChild(() => TASKS[kind](x), { ...limits, stdio: 'ignore' })
    : pool.run(x, { ...limits, name: kind as 'value' });
}

function killOne(pool: ForkPool<typeof TASKS>): void {
  const { children } = pool;
  const victim = children[Math.floor(Math.random() * children.length)];
  if (victim === undefined) return;
  // Known to be a child: nobody but the pool reaps it, and it does so in a turn of the event loop.
  if (kill(victim.pid, SIGKILL) === 0) {
    victims.add(victim.pid);
    killedFromOutside += 1;
  }
}

let next = 0;

/** One task after the other. */
async function keepAsking(pool: ForkPool<typeof TASKS>): Promise<void> {
  while (next < count) {
    const x = next++;
    const kind = kindOfNext();
    if (chance(KILLED)) killOne(pool);
    try {
      judge(kind, x, { value: await run(pool, kind, x) });
    } catch (error) {
      judge(kind, x, { error });
    }
  }
}

async function main(): Promise<void> {
  const warm = new ForkPool({ task: TASKS, size: 1 });
  await warm.run(1, { name: 'value' });
  await warm.close();
  const before = openDescriptors();
  const memory = residentMemory();
  const began = performance.now();
  const pool = new ForkPool({ task: TASKS, size: atATime, maxTasks: 500, stdio: 'ignore', forceKillAfter: 2000 });
  let [seen, since] = [0, performance.now()];
  const told = setInterval(() => {
    if (settled !== seen) [seen, since] = [settled, performance.now()];
    else if (performance.now() - since > patience * 1000) {
      complain(`no task has settled for ${patience} s: ${pool.queueSize} wait, ${inspect(pool.children)}`);
      conclude(`${settled} of ${count} tasks have settled`);
      process.exit();
    }
    tell({ kind: 'progress', text: `${settled} tasks, ${pool.births} children` });
  }, 1000);
  await Promise.all(Array.from({ length: atATime * 2 }, () => keepAsking(pool)));
  await pool.close();
  clearInterval(told);
  check(settled === count, `${settled} tasks have settled, of ${count}`);
  checkLeftovers(before);
  const kinds = [...outcomes].map(([kind, number]) => `${number} ${kind}`).join(', ');
  const children = `${pool.births} children of the pool, ${pool.deaths} deaths, ${killedFromOutside} killed from outside`;
  conclude(
    verdict(count, 'tasks', performance.now() - began),
    ...[kinds, children, `memory from ${memory.toFixed(0)} to ${residentMemory().toFixed(0)} MB`],
  );
}

void main();
