/**
 * Work beside the main thread, by what Node has and by realfork/children.
 *
 *   task WHAT KIND COUNT WARM-UP LIMIT
 *
 * WHAT: "fresh", from the start of a worker to its first result; "round-trip", an empty task of a worker that is there;
 * "result", one that gives a megabyte; "table", from the start to a result over a table of the parent's, TABLE_MB large.
 * KIND: "fork", "thread" (worker_threads), "process" (child_process.fork). Prints the samples, in nanoseconds, a line each.
 */
import { fork as forkProcess } from 'node:child_process';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const TABLE_MB = 50;
const MEGABYTE = 2 ** 20;
/** What a child of child_process.fork is started with. */
const AS_CHILD = 'as-child';

type What = 'fresh' | 'round-trip' | 'result' | 'table';

/** Rows as a program has them: objects, and not one buffer. */
let table: readonly { readonly name: string; readonly value: number }[] = [];

function answer(task: unknown): unknown {
  if (task === 'result') return Buffer.alloc(MEGABYTE, 1);
  if (task === 'table') return table.length;
  return task;
}

interface Workers {
  /** Starts one. */
  start(): Promise<void>;
  run(task: What): Promise<unknown>;
  end(): Promise<void>;
}

function threads(withTable: boolean): Workers {
  let worker: Worker | undefined;
  return {
    async start() {
      worker = new Worker(__filename, { workerData: withTable ? table : [] });
    },
    async run(task) {
      worker?.postMessage(task);
      return once(worker ?? process, 'message');
    },
    async end() {
      await worker?.terminate();
    },
  };
}

function processes(withTable: boolean): Workers {
  let child: ReturnType<typeof forkProcess> | undefined;
  return {
    async start() {
      child = forkProcess(__filename, [AS_CHILD], { serialization: 'advanced' });
      if (withTable) child.send(table);
    },
    async run(task) {
      child?.send(task);
      return once(child ?? process, 'message');
    },
    async end() {
      const ended = once(child ?? process, 'exit');
      child?.disconnect();
      await ended;
    },
  };
}

function forks(): Workers {
  const { ForkPool } = require('realfork/children') as typeof import('realfork/children');
  let pool = new ForkPool({ task: answer, size: 1 });
  return {
    async start() {
      await pool.close();
      pool = new ForkPool({ task: answer, size: 1 });
    },
    run: (task) => pool.run(task as never),
    end: () => pool.close(),
  };
}

const KINDS: Readonly<Record<string, (withTable: boolean) => Workers>> = {
  fork: forks,
  thread: threads,
  process: processes,
};

async function sample(workers: Workers, what: What): Promise<bigint> {
  const startsOne = what === 'fresh' || what === 'table';
  const start = process.hrtime.bigint();
  if (startsOne) await workers.start();
  await workers.run(what);
  const took = process.hrtime.bigint() - start;
  if (startsOne) await workers.end();
  return took;
}

async function measure(): Promise<void> {
  const [what = 'fresh', kind = 'fork'] = process.argv.slice(2) as [What, string];
  const [count = 0, warmUp = 0, limit = 0] = process.argv.slice(4).map(Number);
  const late = setTimeout(() => process.exit(1), limit * 1000);
  if (what === 'table') {
    table = Array.from({ length: (TABLE_MB * MEGABYTE) / 100 }, (_none, at) => ({
      name: `name ${at}`,
      value: at + 0.5,
    }));
  }
  const workers = KINDS[kind]?.(what === 'table');
  if (workers === undefined) throw new Error(`no kind ${kind}`);
  if (what === 'round-trip' || what === 'result') await workers.start();
  for (let i = 0; i < warmUp; ++i) await sample(workers, what);
  for (let i = 0; i < count; ++i) process.stdout.write(`${await sample(workers, what)}\n`);
  if (what === 'round-trip' || what === 'result') await workers.end();
  clearTimeout(late);
}

if (!isMainThread) {
  table = workerData as typeof table;
  parentPort?.on('message', (task) => parentPort?.postMessage(answer(task)));
} else if (process.argv[2] === AS_CHILD) {
  process.on('message', (task) => {
    if (Array.isArray(task)) table = task as typeof table;
    else process.send?.(answer(task));
  });
} else void measure();
