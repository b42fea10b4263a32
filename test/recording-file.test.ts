import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recording } from '#src/observe/recording.js';
import { readRecording, writeRecording } from '#src/observe/recording-file.js';
import { thrownBy } from './support/errors';
import { REAPED_IN_HANDLER, recording, SERVER } from './support/recordings';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'realfork-recording-'));
  file = join(folder, 'recording');
});
afterAll(() => rmSync(folder, { recursive: true }));

const two: readonly Recording[] = [
  recording([
    ...REAPED_IN_HANDLER,
    { kind: 'listening', t: 200, pid: SERVER, address: '/tmp/socket', port: undefined },
    { kind: 'listening', t: 201, pid: SERVER, address: '127.0.0.1:9877', port: 9877 },
    { kind: 'call', t: 202, pid: SERVER, call: 'getsockname', args: '19', shown: '"\u2028\n\0' },
  ]),
  recording([], { experiment: 'no-runs', rows: [], runs: [] }),
];

test('what was written is read back, whatever texts are in it', () => {
  writeRecording(file, two);
  expect(readRecording(file)).toEqual(two);
});

test('a line for each experiment, each run and each event', () => {
  writeRecording(file, two);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(2 + 1 + 19);
  expect(lines.slice(2).map((line): unknown => JSON.parse(line))).toContainEqual(REAPED_IN_HANDLER[3]);
});

test('wherever a file is cut off, reading says so', () => {
  writeRecording(file, two);
  const whole = readFileSync(file, 'utf8');
  const header = whole.indexOf('\n');
  const cut = join(folder, 'cut');
  for (let length = header; length < whole.length - 1; length += 7) {
    writeFileSync(cut, whole.slice(0, length));
    const { name, message } = thrownOf(cut);
    expect([name, message]).toEqual(['RecordingError', expect.stringContaining('cut off')]);
  }
});

function thrownOf(path: string): { name: string; message: string } {
  const thrown = thrownBy(() => readRecording(path));
  return thrown === 'nothing thrown' ? { name: thrown, message: '' } : thrown;
}

test.each([
  ['', ': it is empty'],
  ['hello\n', ', line 1: this is not the header of an experiment: it is not JSON'],
  ['[]\n', ', line 1: this is not the header of an experiment: '],
  ['{"line":"experiment","version":2}\n', ', line 1: this is not the header of an experiment: version: '],
])('%j is no recording', (text, message) => {
  writeFileSync(file, text);
  const thrown = thrownOf(file);
  expect(thrown.name).toBe('RecordingError');
  expect(thrown.message).toContain(`recording ${file}${message}`);
  expect(thrown.message).not.toContain('\n');
});

test('an event of a kind that there is not is named by its line', () => {
  writeRecording(file, two);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"kind":"enter"', '"kind":"entered"'));
  expect(thrownOf(file).message).toContain(`recording ${file}, line 4: this is not an event: kind: `);
});

test('lines after the last experiment are refused', () => {
  writeRecording(file, two);
  writeFileSync(file, '{}\n{}\n', { flag: 'a' });
  expect(thrownOf(file).message).toBe(`recording ${file}: 2 more lines than its headers say`);
});

test('a number that JSON does not have is refused when it is written', () => {
  const odd = recording([], {
    rows: [{ id: 'a', setUp: 'a', observed: { acceptAfterMs: Number.NaN }, expected: undefined, asExpected: false }],
  });
  expect(thrownBy(() => writeRecording(file, [odd]))).toMatchObject({
    name: 'RecordingError',
    message: 'acceptAfterMs is NaN, which a recording cannot hold',
  });
});

test('a file that is not there is an error of the system', () => {
  expect(thrownBy(() => readRecording(join(folder, 'none')))).toMatchObject({ code: 'ENOENT' });
});
