import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timelineHtml } from '#src/observe/page/page.js';
import type { Recording } from '#src/observe/recording.js';
import { writeRecording } from '#src/observe/recording-file.js';
import { traceEvents } from '#src/observe/trace-events.js';
import { realfork } from './support/cli';
import { REAPED_IN_HANDLER, recording } from './support/recordings';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'realfork-report-'));
  file = join(folder, 'recording');
  writeRecording(file, recordings);
});
afterAll(() => rmSync(folder, { recursive: true }));

const recordings: readonly Recording[] = [
  recording(REAPED_IN_HANDLER),
  recording([], {
    ...{ experiment: 'times', question: 'How long?', runs: [] },
    rows: [
      {
        ...{ id: 'a', setUp: 'SA_RESTART', asExpected: false },
        ...{ observed: { acceptResult: 'EINTR', afterMs: 1.23456 }, expected: { acceptResult: 'connection' } },
      },
    ],
  }),
];

test('without options: for each experiment the question, the table, the verdict, and what was not expected', async () => {
  const run = await realfork(['report', file]);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout.replaceAll(/ +$/gm, '')).toBe(`\
zombies: Who takes the status of a child?
wait(2); UNP 5.9. Observed on Linux 6.18.0 x64, Node v22.1.0.

set-up            zombies  handler runs  survives  as expected
handler, waitpid        0             1       yes  yes
no handler              2                          NO

A zombie stays until its parent waits.
wait(2) gives the status and frees the entry.

Not as expected:
no handler: nothing is known yet of what this system does

times: How long?
wait(2); UNP 5.9. Observed on Linux 6.18.0 x64, Node v22.1.0.

set-up      accept result  after ms  as expected
SA_RESTART  EINTR             1.235  NO

A zombie stays until its parent waits.
wait(2) gives the status and frees the entry.

Not as expected:
SA_RESTART: accept result is EINTR, expected: connection
`);
});

test('--html and --trace write their files, and say so', async () => {
  const [page, trace] = [join(folder, 'page.html'), join(folder, 'trace.json')];
  const run = await realfork(['report', file, '--html', page, '--trace', trace]);
  const wrote = `wrote ${page}: open it in a browser\nwrote ${trace}: https://ui.perfetto.dev opens it\n`;
  expect([run.status, run.stdout, run.stderr]).toEqual([0, '', wrote]);
  expect(readFileSync(page, 'utf8') === timelineHtml(recordings)).toBe(true);
  expect(JSON.parse(readFileSync(trace, 'utf8'))).toEqual(JSON.parse(JSON.stringify(traceEvents(recordings))));
});

test('--json prints the recordings', async () => {
  const run = await realfork(['report', file, '--json']);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(JSON.parse(run.stdout)).toEqual(JSON.parse(JSON.stringify(recordings)));
});

test('control characters in a recording do not reach the terminal', async () => {
  const odd = join(folder, 'odd');
  const text = 'a\u001b[31mb\u0007\r\nc';
  writeRecording(odd, [
    recording([], {
      ...{ experiment: text, question: text, verdict: [text, text], source: text, system: text, node: text },
      rows: [{ id: text, setUp: text, observed: { [text]: text }, expected: { [text]: '' }, asExpected: false }],
    }),
  ]);
  const { stdout } = await realfork(['report', odd]);
  expect(stdout).toContain('a [31mb c');
  expect(stdout).toMatch(/^[\n\P{Cc}]*$/u);
});

test.each([
  ['a file that is no recording', 'not JSON\n', /^realfork: recording \S+, line 1: this is not the header.*\n$/],
  ['a file that was cut off', undefined, /^realfork: recording \S+, line \d+: .*cut off\n$/],
])('%s: one line that says so, status 1', async (_, text, message) => {
  const bad = join(folder, 'bad');
  writeFileSync(bad, text ?? readFileSync(file, 'utf8').slice(0, 1500));
  const run = await realfork(['report', bad]);
  expect([run.status, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(message);
});

test('a file that is not there, and none named: one line, and how to go on', async () => {
  const none = await realfork(['report', join(folder, 'none')]);
  expect([none.status, none.stderr]).toEqual([1, expect.stringMatching(/^realfork: ENOENT.*none'\n$/)]);
  const unnamed = await realfork(['report']);
  expect([unnamed.status, unnamed.stderr]).toEqual([2, expect.stringContaining("missing required argument 'file'")]);
});
