import type { Finding } from '#src/doctor/finding.js';
import { parseDontfork } from '#src/doctor/memory.js';
import { findCommand } from '#src/find-command.js';
import { CLI, realfork } from './support/cli';
import { type Run, runCommand } from './support/run-program';
import { describeWhere, testWhere } from './support/systems';

const mayUnmountProc = process.geteuid?.() === 0 && findCommand('unshare') !== undefined;

function findingsOf(run: Run): Map<string, Finding> {
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] };
  return new Map(findings.map((finding) => [finding.name, finding]));
}

function factsOf(findings: ReadonlyMap<string, Finding>, name: string): unknown {
  return findings.get(name)?.facts;
}

describe('realfork doctor', () => {
  test('where all is well: what it found, status 0', async () => {
    const run = await realfork(['doctor']);
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^realfork \d.* Node \d/);
    expect(run.stdout).toMatch(/\nfork\(\) +works: a child was made, exited 0/);
  });

  testWhere(process.platform === 'linux', 'needs /proc')(
    'each thread is told from the others by what it waits for',
    async () => {
      const findings = findingsOf(await realfork(['doctor', '--json']));
      const { threads, workers, count } = factsOf(findings, 'threads') as {
        threads: { role: string }[];
        workers: number;
        count: number;
      };
      const roles = threads.map(({ role }) => role);
      expect(roles).toHaveLength(count);
      expect(roles.filter((role) => role === 'main')).toHaveLength(1);
      expect(roles.filter((role) => role === 'worker of V8')).toHaveLength(workers);
      expect(roles.filter((role) => role === 'scheduler of delayed tasks')).toHaveLength(1);
      expect(roles).not.toContain('other');
    },
  );

  testWhere(process.platform === 'linux', 'needs MADV_DONTFORK')(
    'V8 keeps its heap from children, until fork()',
    async () => {
      const findings = findingsOf(await realfork(['doctor', '--json']));
      const { before, after } = factsOf(findings, 'memory') as Record<string, { mappings: number; bytes: number }>;
      expect(before?.mappings).toBeGreaterThan(0);
      expect(before?.bytes).toBeGreaterThan(0);
      // V8 may have marked a chunk that it has made since.
      expect(after?.mappings).toBeLessThan((before?.mappings ?? 0) / 4);
      expect(after?.bytes).toBeLessThan((before?.bytes ?? 0) / 4);
    },
  );

  test('the inspector stops fork(): which, and what to do, status 1', async () => {
    const run = await realfork(['doctor', '--json'], { env: { NODE_OPTIONS: '--inspect=0' } });
    expect(run.status).toBe(1);
    expect(findingsOf(run).get('fork()')).toMatchObject({
      verdict: 'stops fork',
      facts: { works: false, code: 'ERR_FORK_WITH_INSPECTOR' },
      remedy: expect.stringContaining('NODE_OPTIONS'),
    });
  });
});

describeWhere(mayUnmountProc, 'only root may be without /proc')('without /proc', () => {
  /** In namespaces of its own, in which /proc is an empty directory. */
  const withoutProc = (...args: readonly string[]): Promise<Run> => {
    const script = 'mount -t tmpfs none /proc && exec "$0" "$@"';
    return runCommand('unshare', ['-mpf', '--kill-child', 'sh', '-c', script, process.execPath, CLI, ...args]);
  };

  test('doctor says so, and what to do, status 1', async () => {
    const run = await withoutProc('doctor', '--json');
    expect([run.status, run.stderr]).toEqual([1, '']);
    const findings = findingsOf(run);
    expect(findings.get('/proc')).toMatchObject({ verdict: 'stops fork', remedy: 'mount -t proc proc /proc' });
    expect(findings.get('fork()')).toMatchObject({ facts: { code: 'ERR_FORK_WITH_THREADS' } });
  });

  test.each([
    ['serve forking', ['serve', 'forking', '--port', '0']],
    ['watch', ['watch', '1']],
  ])('%s says so in one line, status 1', async (_name, args) => {
    const run = await withoutProc(...args);
    expect([run.status, run.stdout, run.stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^realfork: .*\/proc.*mount -t proc.*\n$/),
    ]);
  });
});

test('smaps: the mappings that have dc among their flags', () => {
  const smaps =
    '7f00-7f10 rw-p 00000000 00:00 0\nSize:  64 kB\nRss:   12 kB\nVmFlags: rd wr mr mw me dc ac sd\n' +
    '7f20-7f30 rw-p 00000000 00:00 0\nSize:  64 kB\nRss:   40 kB\nVmFlags: rd wr mr mw me ac sd\n';
  expect(parseDontfork(smaps)).toEqual({ mappings: 1, bytes: 12 * 1024 });
});
