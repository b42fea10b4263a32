import { spawnSync } from 'node:child_process';
import type { DesignsReport } from '#src/bench/designs/report.js';
import { realfork } from './support/cli';
import { testWhere } from './support/systems';

/** What is measured is not looked at here, but for what must be so on every machine. */

const whereCompiler = testWhere(spawnSync('cc', ['--version']).status === 0, 'there is no C compiler (cc)');
const SHORT = ['--rounds', '1', '--seconds', '0.2', '--children', '2'];

whereCompiler('realfork bench designs: the table of Figure 30.1, and below it that of Figure 30.2', async () => {
  const run = await realfork(['bench', 'designs', ...SHORT, '--design', 'iterative', 'preforked', 'event-loop']);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toMatch(/^30\.4 +iterative +[\d,]+ +[\d,]+ – [\d,]+ +[\d,]+ +0 +[\d,]+ +[\d,]+$/m);
  expect(run.stdout).toMatch(/^30\.6 +preforked, no lock +[\d,]+ /m);
  expect(run.stdout).toMatch(/^6\.8 +event loop +[\d,]+ /m);
  expect(run.stdout).toMatch(/^child +preforked\n1 +[\d,]+\n2 +[\d,]+$/m);
});

whereCompiler('every client is one of some child: --json', async () => {
  const names = ['preforked', 'preforked-passing', 'figure-4.13', 'worker-threads'];
  const run = await realfork(['bench', 'designs', ...SHORT, '--json', '--design', ...names]);
  const { designs } = JSON.parse(run.stdout) as DesignsReport;
  expect(designs.map(({ design }) => design.name).sort()).toEqual([...names].sort());
  for (const { design, rounds } of designs) {
    const [round] = rounds;
    expect(round?.clients).toHaveLength(design.serves === 'children' ? 2 : 0);
    const { perSecond = 0, p50 = 0, p99 = 0, cpu = 0 } = round ?? {};
    expect([perSecond > 0, p50 > 0, p99 >= p50, cpu > 0]).toEqual([true, true, true, true]);
  }
});

test('realfork bench without a name, and a design that there is not: status 2', async () => {
  const nothing = await realfork(['bench']);
  expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining('bench what? There is: designs')]);
  const wrong = await realfork(['bench', 'designs', '--design', 'figure-4.14']);
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('Allowed choices are iterative, ')]);
});
