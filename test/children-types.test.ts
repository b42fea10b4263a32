import type * as children from 'realfork/children';

/** True for the same type and for no other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile unless it is given true. */
type Holds<Claim extends true> = Claim;

/** Compiled by tsc before any test runs, and never called: what is wrong here does not build. */
async function claims({ inChild, forkMap, forkMapUnordered, ForkPool, ChildKilled }: typeof children): Promise<void> {
  const plain = await inChild(() => 1);
  const awaited = await inChild(async () => ['a']);
  const mapped = await forkMap([1, 2], async (item, index) => `${item} ${index}`);
  const [last] = await forkMap(new Map([['a', 1]]), ([name, value]) => ({ [name]: value }));
  for await (const { index, value } of forkMapUnordered(['a'], (text) => text.length)) {
    void (true satisfies Holds<Same<typeof index, number>>);
    void (true satisfies Holds<Same<typeof value, number>>);
  }
  await using one = new ForkPool({ task: async (text: string) => text.length });
  const counted = await one.run('a');
  await using several = new ForkPool({ task: { default: (x: number) => x, name: (x: Date) => x.toISOString() } });
  const number = await several.run(1);
  const text = await several.run(new Date(), { name: 'name' });
  void ([true, true, true, true, true, true] satisfies [
    Holds<Same<typeof plain, number>>,
    Holds<Same<typeof awaited, string[]>>,
    Holds<Same<typeof mapped, string[]>>,
    Holds<Same<typeof counted, number>>,
    Holds<Same<typeof number, number>>,
    Holds<Same<typeof text, string>>,
  ]);
  last satisfies { [name: string]: number } | undefined;
  new ChildKilled(2, 'SIGKILL', false).signal satisfies string;
}

function refused({ inChild, forkMap, ForkPool }: typeof children): void {
  // @ts-expect-error an option that there is not
  void inChild(() => 1, { timeOut: 1 });
  // @ts-expect-error a limit that there is not
  void inChild(() => 1, { rlimits: { RLIMIT_TIME: 1 } });
  // @ts-expect-error standard input is read by a descriptor
  void inChild(() => 1, { stdio: [process.stdout, 'ignore', 'ignore'] });
  // @ts-expect-error the items are numbers
  void forkMap([1], (text: string) => text);
  const pool = new ForkPool({ task: { default: (x: number) => x } });
  // @ts-expect-error the function takes a number
  void pool.run('a');
  // @ts-expect-error the event has no such name
  pool.on('deaths', () => {});
}

test('the public types of realfork/children are what they are to be: this file compiles', () => {
  expect([claims, refused]).toHaveLength(2); /* compiled, not called */
});
