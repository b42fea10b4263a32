import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorTime, ticksOf } from '#src/bench/processor-time.js';
import { serve } from '../bench/harness/programs';
import type { Report } from '../bench/harness/results';
import { withServer } from '../bench/harness/servers';
import { exchange } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { runCommand, Started } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'processor time is read from /proc');
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const whereCompiler = testWhere(process.platform === 'linux' && hasCompiler, 'needs /proc, and a C compiler (cc)');

const QUIET = 'figure-4.13 --sigchld handler --sa-restart --quiet';

test('utime, stime, cutime and cstime are found behind any name', () => {
  const behind = 'S 1 4711 4711 0 -1 4194304 900 5000 0 0 1 20 300 4000 20 0 1 0 77';
  expect(ticksOf(`4711 (node) ${behind}`)).toBe(4321);
  expect(ticksOf(`4711 (a) S 1 (b) ${behind}`)).toBe(4321);
});

/** What one of the four figures may be cut down by. Seconds. */
const TICKS = 4 * 0.01;

describe('processor time of a process is that of its children as well', () => {
  for (const child of ['reaped', 'living']) {
    onLinux(child, async () => {
      const program = new Started(process.execPath, [join(__dirname, 'programs', 'spending.js'), child, '300000']);
      const [, own] = await program.stdout.match(/^parent (\d+)\n/);
      expect(processorTime(program.pid)).toBeGreaterThan(Number(own) / 1e6 + 0.3 - 2 * TICKS);
      process.kill(-program.pid, 'SIGKILL');
      await program.end();
    });
  }
});

onLinux('a server that says nothing is found by its socket, and has the least environment', async () => {
  process.env['NODE_EXTRA_CA_CERTS'] = '/nowhere';
  try {
    const environment = await withServer('quiet', serve(QUIET), 1, async (port, pid) => {
      expect(await exchange({ host: '127.0.0.1', port }, 'hello')).toBe('hello');
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    });
    expect(environment).toMatch(/^PATH=[^\0]*\0$/);
  } finally {
    delete process.env['NODE_EXTRA_CA_CERTS'];
  }
});

test('a server that does not start is an error that says why', async () => {
  const started = withServer('wrong', serve('figure-4.13 --no-such-option'), 1, () => Promise.resolve());
  await expect(started).rejects.toThrow(/^wrong ended before it was ready: .*no-such-option/s);
});

describe('npm run bench', () => {
  const directory = ownDirectory();

  whereCompiler(
    'a server as it is shipped beside others: connections per second, and their processor time',
    async () => {
      const json = join(directory.path, 'report.json');
      const args = ['preforked', '--rounds', '1', '--seconds', '0.2', '--json', json];
      const ended = await runCommand(process.execPath, [join(__dirname, '..', 'bench', 'main.js'), ...args]);
      expect([ended.status, ended.stderr]).toEqual([0, '']);
      const goal = 'goal: serve preforked --quiet at least 0\\.9 × as good as C, -O2';
      expect(ended.stdout).toMatch(new RegExp(`^${goal}: [\\d.]+: (met|MISSED)$`, 'm'));
      expect(ended.stdout).toMatch(new RegExp(`^${goal}, in processor time: [\\d.]+: (met|MISSED)$`, 'm'));
      const { measurements } = JSON.parse(readFileSync(json, 'utf8')) as Report;
      expect(measurements.map(({ id, unit }) => `${id}: ${unit}`)).toEqual([
        'preforked, 1: conn/s',
        'preforked, 1: µs',
        'preforked, 4: conn/s',
        'preforked, 4: µs',
      ]);
      for (const { rows } of measurements) expect(rows.find(({ id }) => id === 'realfork')?.median).toBeGreaterThan(0);
    },
  );
});
