import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reports, reportsOf, runProgram } from './support/run-program';
import { callsOfForks } from './support/strace-calls';
import { testWhere, testWithStrace } from './support/systems';

/**
 * What one child of a concurrent server costs, counted and not timed: the same on a slow machine and on a busy one.
 * docs/performance.md says what each of these is worth. A limit is some tenth above what was counted with Node 20 to 26.
 */
const LIMITS = {
  /** Page faults of a child from its fork to its end. A function that only children run costs some fifty. */
  child: 140,
  /** Page faults of the parent for each child. */
  parent: 76,
  /** Of memory, in the parent: a fork copies each. */
  mappings: 180,
  /** Of parent and child together: socketpair, shutdown and a write stand for the client. */
  systemCalls: 46,
} as const;

const onLinux = testWhere(process.platform === 'linux' && process.arch === 'x64', 'was counted on Linux, x86-64');
const whereStraced = testWithStrace();
interface Costs {
  readonly child: number;
  readonly parent: number;
  readonly mappings: number;
}

describe('a connection of a server that forks', () => {
  async function expectWithin(nodeOptions: readonly string[]): Promise<void> {
    const run = await runProgram('costs', ['per connection'], { nodeOptions });
    expect([run.status, run.stderr]).toEqual([0, '']);
    const [costs] = reportsOf(run) as Costs[];
    const over = Object.entries(costs ?? {}).filter(([name, value]) => value > LIMITS[name as keyof Costs]);
    expect({ costs, over }).toEqual({ costs: expect.anything(), over: [] });
  }

  onLinux('costs no more page faults and mappings of memory than it did', () => expectWithin([]));

  // Node's report, which knows of older workers, takes 5 ms and hundreds of page faults.
  onLinux('costs no more where worker_threads was loaded before this package, and has no worker', () =>
    expectWithin(['--require', 'node:worker_threads']),
  );

  test('Node is not asked for a report where every thread is known', async () => {
    const run = await runProgram('costs', ['reports of workers'], {
      nodeOptions: ['--require', 'node:worker_threads'],
    });
    expect(reportsOf(run)).toEqual([{ asked: 0 }]);
  });

  whereStraced('costs no more system calls than it did', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'realfork-costs-'));
    try {
      const output = join(directory, 'trace');
      const program = join(__dirname, 'programs', 'costs.js');
      const strace = ['-f', '-o', output, process.execPath, program, 'marked'];
      expect(spawnSync('strace', strace, { timeout: 90_000, killSignal: 'SIGKILL' }).status).toBe(0);
      // Node makes this call as well, but before.
      const marked =
        readFileSync(output, 'utf8')
          .split(/^.* getsockname\(.*\n/m)
          .at(-2) ?? '';
      const { parent, child } = callsOfForks(marked);
      const perConnection = parent + child;
      expect(perConnection).toBeGreaterThan(LIMITS.systemCalls / 2);
      expect(perConnection).toBeLessThanOrEqual(LIMITS.systemCalls);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

test('a program that asked for nothing keeps its heap where it is, and the code that V8 has cached', async () => {
  const [{ before, after } = { before: null, after: undefined }] = (await reports('costs', 'left alone')) as {
    before: unknown;
    after: unknown;
  }[];
  expect(before).toMatchObject({ refused: false });
  expect(after).toEqual(before);
});

describe("V8's heap in a program that asked for it", () => {
  test('is rid of garbage once it has forked often: each fork would copy the entries of its pages', async () => {
    const [facts] = (await reports('costs', 'old garbage')) as { before: number; withGarbage: number; after: number }[];
    const { before, withGarbage, after } = facts ?? { before: 0, withGarbage: 0, after: 0 };
    expect(withGarbage - before).toBeGreaterThan(2000);
    expect(after - before).toBeLessThan(500);
  });

  onLinux('keeps what children run compiled, however often garbage is collected', async () => {
    const [{ more } = { more: Number.NaN }] = (await reports('costs', 'collections')) as { more: number }[];
    expect(more).toBeLessThan(20);
  });
});
