/** realfork/children: inChild(). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  _exit,
  fork,
  getrlimit,
  RLIMIT_CORE,
  RLIMIT_NOFILE,
  registerAtFork,
  SIGUSR1,
  SyscallError,
  sigaction,
} from 'realfork';
import { ChildExited, ChildKilled, type InChildOptions, inChild } from 'realfork/children';
import { openDescriptors } from '../support/processes-of-a-run';
import { forever, rejection } from '../support/rejection';
import { letChildrenBe, reap, report, scenarios } from '../support/scenarios';

const thrownIn = (fn: () => unknown, options?: InChildOptions): Promise<unknown> => rejection(inChild(fn, options));

class PaymentError extends Error {
  readonly amount = 7;
}

class Refused extends PaymentError {
  override readonly name = 'Refused';
}

const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_none, at) => at % 251));

const VALUES: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  'a bigint': () => 2n ** 70n,
  'a Map of Sets': () => new Map([['a', new Set([1, { b: null }])]]),
  'a Date': () => new Date(4711),
  'a circle': () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    return circle;
  },
  'a small Buffer': () => bytes(1000),
  'a large Buffer': () => bytes(100_000),
  'typed arrays': () => [new Float64Array(5).fill(1.5), new Uint16Array(50_000).fill(7), new BigInt64Array([-1n])],
  'a DataView of a part': () => new DataView(bytes(60_000).buffer, 8, 40_000),
  'an ArrayBuffer': () => new Uint8Array(bytes(30_000)).buffer,
  'an empty view': () => new Uint8Array(0),
  'many views': () => Array.from({ length: 30 }, (_none, at) => bytes(20_000 + at)),
};

function entry<Value>(table: Readonly<Record<string, Value>>, name: string): Value {
  const value = table[name];
  if (value === undefined) throw new Error(`no ${JSON.stringify(name)}`);
  return value;
}

const ERRORS: Readonly<Record<string, () => unknown>> = {
  'a TypeError with a cause': () => new TypeError('of the child', { cause: new RangeError('why') }),
  'an own class': () => new PaymentError('of the child'),
  "Node's own": () => {
    try {
      Buffer.alloc(-1);
    } catch (error) {
      return error;
    }
    return undefined;
  },
  'a system error': () => {
    try {
      readFileSync('/no/such/file');
    } catch (error) {
      return error;
    }
    return undefined;
  },
  'a SyscallError': () => new SyscallError('accept', 4),
  'an AggregateError': () => new AggregateError([new Error('one'), 'two'], 'both'),
  'a DOMException': () => new DOMException('of the child', 'AbortError'),
  'an error that is its own cause': () => {
    const error = new Error('of the child');
    error.cause = error;
    return error;
  },
  'a property that cannot be cloned': () => Object.assign(new Error('of the child'), { call: () => 1 }),
  'a property that throws': () =>
    Object.defineProperty(new Error('of the child'), 'message', {
      get() {
        throw new Error('not that');
      },
    }),
  text: () => 'of the child',
  nothing: () => undefined,
  'a function': () => () => 1,
};

function described(error: unknown): unknown {
  if (!(error instanceof Error || error instanceof DOMException)) return { thrown: error ?? null };
  const { name, message, cause } = error;
  const { errors } = error as { errors?: readonly unknown[] };
  return {
    ...error,
    ...{ name, message },
    class: error.constructor.name,
    ...(cause === undefined ? {} : { cause: described(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map(described) }),
  };
}

/** What a Writable was given. */
class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.emit('written');
    setImmediate(done); // a slow one
  }
}

/** What is thrown when the child is told to end at its first output. */
async function thrownUntilSaid(said: string, fn: () => unknown, options: InChildOptions): Promise<unknown> {
  const controller = new AbortController();
  const output = new Collected();
  const thrown = thrownIn(fn, { ...options, signal: controller.signal, stdio: ['ignore', output, 'inherit'] });
  while (!output.text.includes(said)) await once(output, 'written');
  const start = performance.now();
  controller.abort('enough');
  const reason = await thrown;
  return [reason, performance.now() - start >= (options.forceKillAfter ?? 0)];
}

async function descriptorsLeft(run: () => Promise<unknown>): Promise<number> {
  const before = openDescriptors().size;
  await run();
  return openDescriptors().size - before;
}

/** How many of this process's sockets a child of it has. */
const socketsHere = (): number => [...openDescriptors().values()].filter((what) => /^(socket|pipe):/.test(what)).length;

const OUTPUT = 3_000_000;

scenarios({
  async value(name = '') {
    const { isDeepStrictEqual } = await import('node:util');
    const make = entry(VALUES, name);
    const value = await inChild(make);
    report(isDeepStrictEqual(value, make()));
  },

  /** The child has what the parent has at the fork; what it changes the parent does not see. */
  async memory() {
    const values = [1];
    const before = await inChild(() => {
      values.push(2);
      return { values, other: process.pid !== process.ppid };
    });
    values.push(3);
    report([before, values, await inChild(async () => [await delay(1, values.length), process.ppid === process.pid])]);
  },

  async error(name = '') {
    const make = entry(ERRORS, name);
    report(
      described(
        await thrownIn(() => {
          throw make();
        }),
      ),
    );
  },

  async errorClasses() {
    const errors = [PaymentError, Refused] as const;
    for (const known of [[], errors]) {
      const error = await thrownIn(
        () => {
          throw new Refused('no');
        },
        { errorClasses: known },
      );
      report([
        described(error),
        error instanceof PaymentError,
        (error as Error).stack?.includes('programs/children') ?? false,
      ]);
    }
    const later = await thrownIn(() => {
      setTimeout(() => {
        throw new RangeError('from a timer');
      }, 1);
      return forever();
    });
    report(described(later));
    report(described(await thrownIn(() => [Promise.reject(new Error('unhandled')), forever()][1])));
  },

  async ends() {
    const errors = [
      await thrownIn(() => process.exit(4)),
      await thrownIn(() => _exit(0)),
      await thrownIn(() => process.kill(process.pid, 'SIGKILL') && forever()),
      await thrownIn(() => process.abort(), { stdio: 'ignore' }),
      await thrownIn(() => new Promise(() => {})),
    ];
    for (const error of errors) {
      if (error instanceof ChildExited) report({ status: error.status, empty: /event loop/.test(error.message) });
      else if (error instanceof ChildKilled) report({ signal: error.signal, coreDumped: error.coreDumped });
      else throw error;
    }
    report(described(await thrownIn(() => () => 1)));
  },

  async aborted() {
    const why = new Error('enough');
    const past = await thrownIn(forever, { signal: AbortSignal.abort(why) });
    const controller = new AbortController();
    const ended = thrownIn(forever, { signal: controller.signal });
    setTimeout(() => controller.abort(why), 20);
    const timedOut = (await thrownIn(forever, { timeout: 20 })) as DOMException;
    const stubborn = await thrownUntilSaid(
      'ready',
      () => {
        process.on('SIGTERM', () => {});
        console.log('ready');
        return forever();
      },
      { forceKillAfter: 50 },
    );
    report([past === why, (await ended) === why, timedOut.name, stubborn]);
    // A wait for the fork that is over before it.
    const waiting = new AbortController();
    const never = thrownIn(() => report('forked'), { signal: waiting.signal });
    waiting.abort(why);
    report((await never) === why);
    // The child's copy of a controller is nothing to the parent.
    const other = new AbortController();
    report(
      await Promise.all([
        inChild(() => delay(50, 'done'), { signal: other.signal }),
        inChild(() => other.abort(), { signal: other.signal }).then(() => 'not aborted'),
      ]),
    );
  },

  /** A child that cleans up at SIGTERM, and still has a value. */
  async valueAfterTerm() {
    const controller = new AbortController();
    const output = new Collected();
    const value = inChild(
      async () => {
        const told = once(process, 'SIGTERM');
        console.log('ready');
        await Promise.race([told, forever()]);
        return 'cleaned up';
      },
      { signal: controller.signal, stdio: ['ignore', output, 'inherit'] },
    );
    await once(output, 'written');
    controller.abort();
    report(await value);
  },

  /** Listeners of a stream that many children write to, while they do and afterwards, and what has come. */
  async 'one stream for many'() {
    const out = new Collected();
    const before = out.eventNames();
    const child = (at: number): Promise<void> => inChild(() => console.log(at), { stdio: ['ignore', out, 'inherit'] });
    for (let at = 0; at < 12; ++at) await child(at);
    await Promise.all(Array.from({ length: 12 }, (_none, at) => child(12 + at)));
    const numbers = out.text.trimEnd().split('\n').map(Number);
    const sorted = numbers.sort((one, other) => one - other);
    report({ all: sorted.every((one, at) => one === at) && sorted.length === 24, before, after: out.eventNames() });
  },

  async stdio() {
    const [out, err] = [new Collected(), new Collected()];
    await inChild(
      async () => {
        console.log('of the child');
        process.stdout.write('x'.repeat(OUTPUT));
        console.error('trouble');
        writeSync(1, 'by its number');
        let read = '';
        for await (const chunk of process.stdin) read += String(chunk);
        writeSync(2, `read ${JSON.stringify(read)}`);
      },
      { stdio: ['ignore', out, err] },
    );
    report([out.text.length, out.text.slice(0, 13), out.text.slice(-40), err.text, out.destroyed]);
    await inChild(() => console.log('nobody hears it'), { stdio: 'ignore' });
    await inChild(() => console.log(JSON.stringify('inherited')), { stdio: 'inherit' });
    await inChild(() => console.error(JSON.stringify('by a descriptor')), { stdio: ['ignore', 'ignore', 1] });
  },

  /** A pipe that is read slowly: all of it is there when the child has left. */
  async flushed() {
    await inChild(() => void process.stdout.write(`${JSON.stringify('y'.repeat(OUTPUT))}\n`));
  },

  async limits() {
    const limits = { RLIMIT_NOFILE: 100, RLIMIT_CORE: { rlim_cur: 0, rlim_max: 0 } };
    const nice = getPriority();
    report(
      await inChild(
        () => [getrlimit(RLIMIT_NOFILE), getrlimit(RLIMIT_CORE), getPriority() === Math.min(19, nice + 1)],
        {
          nice: 1,
          rlimits: limits,
        },
      ),
    );
    report(await inChild(async () => described(await thrownIn(() => 1, { rlimits: { RLIMIT_NOFILE: 2 ** 50 } }))));
  },

  /** Nothing that is the parent's runs in the child. */
  async listeners() {
    const say = (what: string): void =>
      void writeSync(1, `${JSON.stringify({ [what]: 'heard', child: process.pid !== main })}\n`);
    const main = process.pid;
    process.on('exit', () => say('exit'));
    process.on('uncaughtException', () => say('uncaughtException'));
    process.on('beforeExit', () => say('beforeExit'));
    process.on('SIGUSR2', () => say('SIGUSR2'));
    sigaction(SIGUSR1, () => say('SIGUSR1'));
    const interval = setInterval(() => process.pid !== main && say('interval'), 1);
    process.exitCode = 3;
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      report(String(await thrownIn(() => process.kill(process.pid, signal) && forever())).replace(/\d{2,}/g, 'N'));
    }
    await inChild(() => delay(30));
    report(
      described(
        await thrownIn(() => {
          process.on('exit', (status) => say(`exit of the child's own, ${status}`));
          setTimeout(() => {
            throw new Error('of the child');
          }, 1);
          return forever();
        }),
      ),
    );
    report(((await thrownIn(() => process.exit())) as ChildExited).status);
    clearInterval(interval);
    process.removeAllListeners();
    process.exitCode = 0;
  },

  /** The parent reads its standard input to the end, alone. */
  async standardInput() {
    const main = process.pid;
    process.stdin.on('data', (chunk) => report({ heard: String(chunk), here: process.pid === main }));
    process.stdin.on('end', () => report({ end: process.pid === main }));
    const read = async (): Promise<string> => {
      let text = '';
      for await (const chunk of process.stdin) text += String(chunk);
      await delay(50);
      return text;
    };
    report(await Promise.all([inChild(read), inChild(() => delay(50, 'waited'))]));
  },

  /** A child has its own end and no other: neither do its children, nor those that the program forks. */
  async descriptors() {
    const over = new AbortController();
    const { signal } = over;
    const alone = await inChild(socketsHere);
    const others = [1, 2, 3].map(() => inChild(forever, { signal, stdio: ['ignore', new Collected(), 'ignore'] }));
    const settled = Promise.allSettled(others);
    const beside = await inChild(socketsHere);
    const atHome = socketsHere();
    const child = fork({ inheritHandles: true });
    if (child === 0) _exit(atHome - socketsHere());
    report([alone === beside, reap(child)]);
    const grandchild = await inChild(() => {
      const own = socketsHere();
      const pid = fork();
      if (pid === 0) _exit(own - socketsHere());
      return reap(pid);
    });
    report(grandchild);
    over.abort();
    await settled;
  },

  async nothingLeft() {
    await inChild(() => 1);
    report(
      await descriptorsLeft(async () => {
        await Promise.allSettled(
          Array.from({ length: 12 }, (_none, at) =>
            inChild(
              () => (at % 3 === 0 ? process.exit(1) : at),
              at % 4 === 0 ? { stdio: ['ignore', new Collected(), 'ignore'] } : {},
            ),
          ),
        );
        await thrownIn(() => 1, { stdio: ['ignore', 3000, 'ignore'] });
      }),
    );
  },

  /** Neither takes the other's. */
  async ownChildren() {
    const own = fork();
    if (own === 0) _exit(9);
    await inChild(() => delay(10));
    report(reap(own));
    // The program takes all that it gets, also what is not its own.
    const forked = new Promise<void>((afterInParent) => registerAtFork({ afterInParent }));
    const taken = thrownIn(async () => {
      await delay(30);
      process.exit(3);
    });
    await forked;
    report(reap(-1));
    report(((await taken) as SyscallError).code);
  },

  /** While others run, and send, children are forked and loops turn. */
  async together() {
    const slow = [1, 2, 3, 4].map((one) => inChild(() => delay(300, bytes(1_000_000).fill(one))));
    let turns = 0;
    const ticker = setInterval(() => ++turns, 1);
    const quick = await Promise.all(Array.from({ length: 6 }, (_none, at) => inChild(() => at)));
    const values = await Promise.all(slow);
    clearInterval(ticker);
    report([quick, values.map((value) => value[999_999]), turns > 3]);
  },

  /** What a child leaves behind has the child's end: the promise does not wait for it. */
  async survivor() {
    const value = await inChild(() => {
      const pid = fork();
      if (pid !== 0) return pid;
      setTimeout(() => _exit(0), 5000);
      return forever();
    });
    report(typeof value);
    process.kill(value as number, 'SIGKILL');
    const started = await inChild(
      async () => {
        const program = spawn('sleep', ['5'], { stdio: 'inherit' });
        await once(program, 'spawn');
        return program.pid;
      },
      { stdio: ['ignore', new Collected(), 'ignore'] },
    );
    process.kill(started ?? 0, 'SIGKILL');
    report('settled');
  },

  /** Prints the child's number, then is killed by the test. */
  async parentIsKilled() {
    letChildrenBe();
    await thrownIn(() => {
      report(process.pid);
      return forever();
    });
  },

  async refused() {
    const call = inChild as (...args: unknown[]) => Promise<unknown>;
    const bad: readonly unknown[][] = [
      [],
      ['text'],
      [() => 1, null],
      [() => 1, { timeOut: 1 }],
      [() => 1, { timeout: -1 }],
      [() => 1, { timeout: Number.NaN }],
      [() => 1, { forceKillAfter: '1' }],
      [() => 1, { signal: {} }],
      [() => 1, { nice: 0.5 }],
      [() => 1, { rlimits: { RLIMIT_TIME: 1 } }],
      [() => 1, { rlimits: { RLIMIT_CPU: '1' } }],
      [() => 1, { rlimits: { RLIMIT_CPU: { rlim_cur: 1 } } }],
      [() => 1, { stdio: 'pipe' }],
      [() => 1, { stdio: ['ignore', 'ignore'] }],
      [() => 1, { stdio: [new Collected(), 'ignore', 'ignore'] }],
      [() => 1, { stdio: ['ignore', -1, 'ignore'] }],
      [() => 1, { errorClasses: [Map] }],
      [() => 1, { allowThreads: 1 }],
    ];
    for (const args of bad) report(((await rejection(call(...args))) as NodeJS.ErrnoException).code);
  },
});
