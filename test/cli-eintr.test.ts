import { SET_UPS } from '#src/experiments/eintr/expectations.js';
import { realfork } from './support/cli';

test('realfork eintr --json: every row is observed as expected, status 0, nothing left behind', async () => {
  const run = await realfork(['eintr', '--json']);
  const report: unknown = JSON.parse(run.stdout);
  const row = {
    id: expect.any(String),
    flags: expect.any(String),
    disposition: expect.stringMatching(/^(default|ignore|handler)$/),
    acceptResult: expect.stringMatching(/^(EINTR|connection)$/),
    handlerRuns: expect.any(Number),
    reaped: expect.any(Number),
    zombies: expect.any(Number),
    serverSurvived: expect.any(Boolean),
    expected: expect.any(Object),
    asExpected: true,
  };
  expect(report).toEqual({
    system: expect.stringContaining(process.arch),
    node: process.version,
    rows: SET_UPS.map(({ id }) => expect.objectContaining({ ...row, id })),
  });
  expect([run.status, run.signal, run.stderr]).toEqual([0, null, '']);
});

test('realfork eintr, not on a terminal: a plain table without colours, status 0', async () => {
  const run = await realfork(['eintr']);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).not.toContain('\u001b');
  const rows = run.stdout.split('\n').filter((line) => / yes$/.test(line.trimEnd()));
  expect(rows).toHaveLength(SET_UPS.length);
  for (const heading of ['SIGCHLD handler', 'accept returned', 'ran', 'waitpid', 'zombies', 'server', 'expected']) {
    expect(run.stdout).toContain(heading);
  }
});
