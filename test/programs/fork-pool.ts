/** realfork/children: ForkPool. */

import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kill, P_ALL, registerAtFork, SIGKILL, WEXITED, WNOWAIT, waitid } from 'realfork';
import { ChildExited, ChildKilled, ForkPool, type ForkPoolOptions, inChild, type PoolDeath } from 'realfork/children';
import { openDescriptors } from '../support/processes-of-a-run';
import { forever, rejection } from '../support/rejection';
import { letChildrenBe, report, scenarios } from '../support/scenarios';

let warmed = 'cold';
const held: Buffer[] = [];

const TASKS = {
  default: (x: number) => x + 1,
  pid: () => process.pid,
  warmed: () => warmed,
  wait: (milliseconds: number) => delay(milliseconds, process.pid),
  forever,
  die: () => process.kill(process.pid, 'SIGKILL') && forever(),
  exit: (status: number) => process.exit(status),
  fail: (text: string) => {
    throw new RangeError(text);
  },
  later: () => {
    setTimeout(() => {
      throw new TypeError('from a timer');
    }, 1);
    return forever();
  },
  grow: (megabytes: number) => {
    held.push(Buffer.alloc(megabytes * 2 ** 20, 1));
    return process.pid;
  },
  bytes: (data: Uint8Array) => data.map((byte) => byte + 1),
};

type Pool = ForkPool<typeof TASKS>;

const poolOf = (options: ForkPoolOptions<typeof TASKS> = {}): Pool =>
  new ForkPool({ task: TASKS, size: 2, ...options });

/** An idle pool does not keep the event loop alive. */
async function alive<Value>(promise: Promise<Value>): Promise<Value> {
  const timer = setInterval(() => {}, 1000);
  return promise.finally(() => clearInterval(timer));
}

const said = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || typeof code !== 'string' ? String(error).replace(/\d{2,}/g, 'N') : code;
};

const deathsOf = (pool: Pool): Promise<string>[] => {
  const deaths: Promise<string>[] = [];
  pool.on('death', ({ isExpected, tasks, error }: PoolDeath) => {
    deaths.push(Promise.resolve(`${isExpected ? 'expected' : said(error)} after ${tasks}`));
  });
  return deaths;
};

scenarios({
  async run() {
    const pool = poolOf({ prepare: () => delay(1).then(() => (warmed = 'warm')) });
    const births: number[] = [];
    pool.on('birth', ({ pid }) => births.push(pid));
    report([await Promise.all([1, 2, 3, 4].map((x) => pool.run(x))), await pool.run(undefined, { name: 'warmed' })]);
    const bytes = await pool.run(new Uint8Array(200_000).fill(1), { name: 'bytes' });
    report([bytes.length, bytes[199_999]]);
    report([births.length <= 2, pool.births === births.length, pool.completed, pool.queueSize, pool.needsDrain]);
    const { average, max } = pool.runTime;
    report([average > 0 && max >= average, pool.waitTime.max > 0, pool.utilization > 0 && pool.utilization <= 1]);
    report(pool.children.map(({ isBusy }) => isBusy).includes(true));
    await pool.close();
    report([pool.children.length, said(await rejection(pool.run(1)))]);
  },

  async errors() {
    const pool = poolOf({ size: 1 });
    const deaths = deathsOf(pool);
    const tasks: readonly Promise<unknown>[] = [
      pool.run('of the task', { name: 'fail' }),
      pool.run(undefined, { name: 'die' }),
      pool.run(4, { name: 'exit' }),
      pool.run(undefined, { name: 'later' }),
      pool.run(undefined, { name: 'forever', timeout: 30 }),
      pool.run((() => 1) as unknown as number),
      pool.run(1, { name: 'no such' as 'default' }),
      pool.run(undefined, { name: 'forever', signal: AbortSignal.timeout(300) }),
      pool.run(1, { signal: AbortSignal.abort('before') }),
    ];
    report((await Promise.all(tasks.map(rejection))).map(said));
    report([await pool.run(1), pool.deaths]);
    await pool.close();
    report(await Promise.all(deaths));
  },

  async retries() {
    const pool = poolOf({ size: 1, retries: 2 });
    const error = await rejection(pool.run(undefined, { name: 'die' }));
    report([error instanceof ChildKilled, pool.births, pool.deaths]);
    const waiting = pool.run(300, { name: 'wait' });
    const [{ pid }] = (await once(pool, 'birth')) as [{ pid: number }];
    kill(pid, SIGKILL); // it has the task, and is not done
    report([(await waiting) !== pid, pool.deaths]);
    const once4 = await rejection(pool.run(4, { name: 'exit', retries: 0 }));
    report([once4 instanceof ChildExited, pool.deaths]);
    await pool.close();
  },

  async replaced() {
    const pool = poolOf({ size: 1, maxTasks: 3 });
    const pids = new Set<number>();
    for (let i = 0; i < 9; ++i) pids.add(await pool.run(undefined, { name: 'pid' }));
    report([pids.size, pool.deaths]);
    await pool.close();
    const growing = poolOf({ size: 1, maxMemory: 40 * 2 ** 20 });
    const small = await growing.run(1, { name: 'grow' });
    report((await growing.run(80, { name: 'grow' })) === small);
    report([(await growing.run(undefined, { name: 'pid' })) === small, held.length]);
    await growing.close();
    const idle = poolOf({ size: 2, idleTimeout: 10 });
    await idle.run(1);
    await alive(once(idle, 'death'));
    report([idle.children.length, idle.deaths, await idle.run(2)]);
    await idle.close();
  },

  async refresh() {
    const pool = poolOf();
    warmed = 'before';
    const busy = pool.run(100, { name: 'wait' });
    const before = await pool.run(undefined, { name: 'warmed' });
    warmed = 'after';
    const cold = await pool.run(undefined, { name: 'warmed' });
    const refreshed = pool.refresh();
    const after = await pool.run(undefined, { name: 'warmed' });
    await refreshed;
    report([before, cold, after, typeof (await busy), pool.deaths]);
    await pool.close();
  },

  async ends() {
    const limited = poolOf({ size: 1, maxQueue: 1 });
    const tasks = [limited.run(20, { name: 'wait' }), limited.run(2), limited.run(3)];
    report(await Promise.all(tasks.map((task) => task.then(() => 'done', said))));
    const left = [limited.run(50, { name: 'wait' }), limited.run(1)];
    while (limited.queueSize === 2) await delay(1);
    const [first] = await Promise.all([Promise.allSettled(left), limited.close({ force: true })]);
    report(first.map((one) => (one.status === 'rejected' ? said(one.reason) : 'done')));
    const pool = poolOf({ size: 1 });
    const running = [pool.run(undefined, { name: 'forever' }), pool.run(1)].map(rejection);
    await once(pool, 'birth');
    await pool.destroy();
    report([(await Promise.all(running)).map(said), pool.children.length]);
    {
      await using used = poolOf({ size: 1 });
      void used.run(30, { name: 'wait' }).then(() => report('done at the end of the block'));
    }
  },

  async prepareFails() {
    const pool = poolOf({
      minSize: 1,
      prepare() {
        throw new Error('cold');
      },
    });
    report([said(await rejection(pool.run(1))), said(await rejection(pool.run(1)))]);
    await pool.close();
    const limits = { RLIMIT_NOFILE: 2 ** 50 };
    const refused = poolOf({ size: 1, minSize: 1, rlimits: limits });
    await alive(once(refused, 'death'));
    report([said(await rejection(refused.run(1))), refused.births]);
    // Its last words are there before it is given its task, and before the event loop has seen them: EPIPE.
    const forget = registerAtFork({ afterInParent: () => void waitid(P_ALL, 0, WEXITED | WNOWAIT) });
    report([said(await rejection(refused.run(1))), refused.births]);
    forget();
    await refused.destroy();
  },

  async module() {
    const file = join(process.cwd(), 'tasks.mjs');
    writeFileSync(file, 'export default (x) => x * 2;\nexport const thrice = async (x) => x * 3;\n');
    const pool = new ForkPool<{ default: (x: number) => number; thrice: (x: number) => number }>({
      filename: file,
      size: 1,
    });
    report([await pool.run(2), await pool.run(2, { name: 'thrice' })]);
    await pool.close();
    rmSync(file);
    const missing = new ForkPool({ filename: 'no-such-module.mjs' });
    report(said(await rejection(missing.run(1 as never))));
    await missing.close();
  },

  /** A child has the pool, and none of its children. */
  async inAChild() {
    const pool = poolOf({ size: 1 });
    await pool.run(1);
    const inside = await inChild(async () => {
      const own = poolOf({ size: 1 });
      const result = [said(await rejection(pool.run(1))), await own.run(41)];
      await own.close();
      return result;
    });
    report([inside, await pool.run(1)]);
    await pool.close();
  },

  /** An idle pool keeps nobody alive, and leaves nothing behind. */
  async forgotten() {
    letChildrenBe();
    const pool = poolOf({ size: 2, minSize: 2 });
    report(await pool.run(1));
    process.on('exit', () => report('over'));
  },

  async nothingLeft() {
    const warm = poolOf();
    await warm.run(1);
    await warm.close();
    const before = openDescriptors().size;
    const pool = poolOf({ size: 4, retries: 1 });
    const names = ['default', 'die', 'exit', 'fail', 'later', 'wait'] as const;
    const tasks = Array.from({ length: 60 }, (_none, at) =>
      pool.run(at as never, { name: names[at % names.length] ?? 'default' }),
    );
    await Promise.allSettled(tasks);
    await pool.close();
    report(openDescriptors().size - before);
  },

  async refused() {
    const make = ForkPool as unknown as new (...args: unknown[]) => unknown;
    const bad: readonly unknown[] = [
      ...[undefined, {}, { task: 1 }, { task: { a: 1 } }, { task: () => 1, filename: 'x' }, { filename: 1 }],
      ...[
        { task: () => 1, size: 0 },
        { task: () => 1, size: 1, minSize: 2 },
        { task: () => 1, maxTasks: 0 },
      ],
      ...[
        { task: () => 1, threads: 1 },
        { task: () => 1, retries: -1 },
        { task: () => 1, timeout: 'x' },
      ],
    ];
    report(
      bad.map((options) => {
        try {
          return new make(options) === undefined;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      }),
    );
  },
});
