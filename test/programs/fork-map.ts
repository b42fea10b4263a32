/** realfork/children: forkMap() and forkMapUnordered(). */
import { setTimeout as delay } from 'node:timers/promises';
import { MAP_ANONYMOUS, MAP_SHARED, mmap, PROT_READ, PROT_WRITE } from 'realfork';
import { forkMap, forkMapUnordered } from 'realfork/children';
import { openDescriptors } from '../support/processes-of-a-run';
import { forever, rejection } from '../support/rejection';
import { report, scenarios, Word } from '../support/scenarios';

/** Numbers that children and parent have in common. */
const shared = (): Int32Array => new Int32Array(mmap(4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS));

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

scenarios({
  async ordered() {
    const items = Array.from({ length: 40 }, (_none, at) => ({ at, pid: 0 }));
    const results = await forkMap(
      items,
      async ({ at }, index) => [await delay(at % 3, at), index, process.pid] as const,
      {
        concurrency: 3,
      },
    );
    report([
      results.every(([at, index], place) => at === place && index === place),
      new Set(results.map(([, , pid]) => pid)).size <= 3,
      results.every(([, , pid]) => pid !== process.pid),
    ]);
    report([
      await forkMap(new Set(['a', 'b']), (letter) => letter.toUpperCase()),
      await forkMap([], () => 1),
      await forkMap(
        [1, 2, 3],
        (item) => {
          items.push({ at: item, pid: 0 });
          return items.length;
        },
        { concurrency: 1 },
      ),
      items.length,
    ]);
  },

  async failing() {
    const done = shared();
    const error = await rejection(
      forkMap(
        Array.from({ length: 100 }, (_none, at) => at),
        (item) => {
          if (item === 1) throw new RangeError('of item 1');
          if (item > 1) Atomics.add(done, 0, 1);
          return item === 0 ? forever() : delay(1);
        },
        { concurrency: 3 },
      ),
    );
    report([String(error), Atomics.load(done, 0) < 90]);
    report(String(await rejection(forkMap([1, 2], () => process.exit(4)))).replace(/\d{2,}/, 'N'));
    report(String(await rejection(forkMap([1, 2], forever, { signal: AbortSignal.timeout(50) }))));
    const past = { signal: AbortSignal.abort('never') };
    report(await rejection(forkMap([1], () => report('forked'), past)));
    report(String(await rejection(forkMap([1, 2], () => () => 1))));
  },

  async unordered() {
    const word = new Word();
    const order: number[] = [];
    const results = forkMapUnordered([0, 1], (item) => item === 0 && word.await(), { concurrency: 2 });
    for await (const { index } of results) {
      order.push(index);
      word.send();
    }
    report(order);
  },

  /** One result is given, one waits, one is being worked on. */
  async unread() {
    const begun = shared();
    const results = forkMapUnordered([0, 1, 2, 3, 4, 5, 6, 7], (item) => void Atomics.store(begun, 0, item), {
      concurrency: 1,
    });
    await results.next();
    while (Atomics.load(begun, 0) < 2) await delay(1);
    await delay(50);
    report([Atomics.load(begun, 0), (await results.next()).value]);
    await results.return();
  },

  async left() {
    await forkMap([1], () => 1); // what is made once is there
    const before = openDescriptors().size;
    for await (const { value } of forkMapUnordered([1, 2, 3, 4], (item) => (item === 2 ? item : forever()), {
      concurrency: 3,
    })) {
      report(value);
      break;
    }
    report(openDescriptors().size - before);
    const failing = forkMapUnordered([1, 2, 3], (item) => {
      throw new Error(`item ${item}`);
    });
    report(/^Error: item \d$/.test(String(await rejection(failing.next()))));
  },

  async refused() {
    const call = forkMap as (...args: unknown[]) => Promise<unknown>;
    const bad: readonly unknown[][] = [
      [],
      [{}, () => 1],
      [numbers(), () => 1],
      [[1], 'text'],
      [[1], () => 1, { concurrency: 0 }],
      [[1], () => 1, { concurrency: 1.5 }],
      [[1], () => 1, { concurrency: '1' }],
      [[1], () => 1, { timeout: 1 }],
    ];
    for (const args of bad) report(((await rejection(call(...args))) as NodeJS.ErrnoException).code);
  },
});
