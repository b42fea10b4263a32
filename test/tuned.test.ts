import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reports, reportsOf, runCommand, runProgram, Started } from './support/run-program';
import { testWhere } from './support/systems';

const THP = '/sys/kernel/mm/transparent_hugepage/enabled';

function givesLargePages(): boolean {
  try {
    return !readFileSync(THP, 'utf8').includes('[never]');
  } catch {
    return false;
  }
}

const whereLargePages = testWhere(process.platform === 'linux' && givesLargePages(), `${THP} is not there, or [never]`);

/** As a library does whose memory a device writes to (ibv_fork_init(3)). */
const KEPT_FROM_CHILDREN = `
#define _DEFAULT_SOURCE
#include <sys/mman.h>
__attribute__((constructor)) static void keep(void) {
  char *pages = mmap(0, 1 << 18, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(pages, 1 << 18, MADV_DONTFORK);
  pages[0] = 1;
}
`;
const whereCompiler = testWhere(
  process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0,
  'MADV_DONTFORK is Linux, and there has to be a C compiler (cc)',
);
const onLinux = testWhere(process.platform === 'linux', 'the heap is in one region on Linux');

test('a program that asks for it is started anew once, in its own process, with its own arguments', async () => {
  const [started, settings] = await reports('tuned', 'started', 'a', 'b c');
  expect(started).toEqual({
    pid: expect.any(Number),
    args: ['started', 'a', 'b c'],
    LD_PRELOAD: null,
    REALFORK_LD_PRELOAD: null,
  });
  expect(settings).toEqual({ tuned: true });
});

test('it does not load node:worker_threads, since fork() would then look for workers each time', async () => {
  const tuned = JSON.stringify(require.resolve('realfork/tuned'));
  const says = `require(${tuned}); console.log(process.moduleLoadList.includes('NativeModule worker_threads'))`;
  expect(await runCommand(process.execPath, ['-e', says])).toMatchObject({ status: 0, stdout: 'false\n' });
});

onLinux('what was to be preloaded still is, and is what the program starts will see', async () => {
  const run = await runProgram('tuned', ['started'], { env: { ...process.env, LD_PRELOAD: 'libm.so.6' } });
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toContain('"LD_PRELOAD":"libm.so.6"');
});

onLinux("V8's heap has no chunks by themselves, and none that a child would not have", async () => {
  expect(await reports('tuned', 'layout')).toEqual([{ scattered: 0, keptFromChildren: 0, wrong: 0 }]);
});

whereCompiler('what another library keeps from children stays so, and no child has it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'realfork-kept-'));
  try {
    const library = join(directory, 'kept.so');
    const source = join(directory, 'kept.c');
    writeFileSync(source, KEPT_FROM_CHILDREN);
    expect(spawnSync('cc', ['-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' })).toMatchObject({
      ...{ status: 0, stderr: '' },
    });
    const run = await runProgram('tuned', ['kept from children'], { env: { ...process.env, LD_PRELOAD: library } });
    expect([run.status, run.stderr, ...reportsOf(run)]).toEqual([0, '', { before: 1, end: 'exited 0', after: 1 }]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

whereLargePages("malloc's heap is on large pages from the 128th fork on, with all that is in it", async () => {
  const [facts] = (await reports('tuned', 'large pages')) as { before: number; after: number; wrong: number }[];
  expect(facts).toEqual({ before: 0, after: expect.any(Number), wrong: 0 });
  expect(facts?.after).toBeGreaterThanOrEqual(2048);
});

whereLargePages("so is V8's again, where its parent has written to it beside a child", async () => {
  const [facts] = (await reports('tuned', 'a large heap')) as { before: number; after: number; wrong: number }[];
  expect(facts).toEqual({ before: expect.any(Number), after: expect.any(Number), wrong: 0 });
  const { before, after } = facts ?? { before: 0, after: Number.NaN };
  expect(before).toBeGreaterThan(50_000);
  expect(after).toBeLessThan(before / 2); // what is written to at each fork stands by itself
});

test('a heap that grows and shrinks between forks is whole in parent and children', async () => {
  const run = await runProgram('tuned', ['garbage'], { nodeOptions: ['--expose-gc'] });
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(JSON.parse(run.stdout)).toEqual({ kept: expect.any(Number), wrong: 0, ends: ['exited 0'] });
});

test('so is the heap of a worker thread', async () => {
  expect(await reports('tuned', 'worker')).toEqual([{ counted: 300_000 }]);
});

// V8's optimised code of a loop has no code for what never ran: each child would fall back.
onLinux('a child costs no more where the loop of its parent has run for long', async () => {
  const [{ more } = { more: Number.NaN }] = (await reports('tuned', 'a hot loop')) as { more: number }[];
  expect(more).toBeLessThan(20);
});

test("but V8 optimises a child's loops while they run", async () => {
  const program = join(__dirname, 'programs', 'tuned.js');
  const started = new Started(process.execPath, ['--trace-osr', program, "a child's hot loop"]);
  try {
    await started.stdout.match(/OSR - entry/);
  } finally {
    await started.kill();
  }
});

test('V8 takes the code that it has cached after forks as before', async () => {
  expect(await reports('tuned', 'cached code')).toEqual([{ before: false, after: false }]);
});
