import type { Event } from '#src/observe/events.js';
import { traceEvents } from '#src/observe/trace-events.js';
import { CHILD, enter, gave, REAPED_IN_HANDLER, recording, SERVER, servedOne } from './support/recordings';

/** A trace as a program reads it that knows the format's documentation and nothing of ours. */
type Loose = Readonly<Record<string, unknown>>;

function readBack(events: readonly Event[]): Loose[] {
  const file: unknown = JSON.parse(JSON.stringify(traceEvents([recording(events)])));
  expect(file).toEqual({
    traceEvents: expect.any(Array),
    displayTimeUnit: expect.stringMatching(/^(ms|ns)$/),
    otherData: expect.any(Object),
  });
  return (file as { traceEvents: Loose[] }).traceEvents;
}

const SORT_INDEX = { sort_index: expect.any(Number) };
const NAME = { name: expect.any(String) };
/** Of each metadata event, by its name: "Metadata Events" in the documentation. */
const METADATA: Readonly<Record<string, Loose>> = {
  process_name: NAME,
  process_sort_index: SORT_INDEX,
  thread_name: NAME,
  thread_sort_index: SORT_INDEX,
};

/** What each phase must have, beside name, ph, ts, pid and tid: "Event Descriptions" in the documentation. */
function requiredOf(event: Loose): Loose {
  const cat = { cat: expect.any(String) };
  switch (event['ph']) {
    case 'X':
      return { ...cat, dur: expect.any(Number), args: expect.any(Object) };
    case 'i':
      return { ...cat, s: expect.stringMatching(/^[gpt]$/) };
    case 's':
    case 't':
      return { ...cat, id: expect.any(Number) };
    case 'f':
      return { ...cat, id: expect.any(Number), bp: 'e' };
    case 'M':
      return { args: METADATA[String(event['name'])] };
    default:
      throw new Error(`a phase that the format does not have, or that is not used here: ${event['ph']}`);
  }
}

const number = (event: Loose, field: string): number => Number(event[field]);
const thread = (event: Loose): string => `${event['pid']}/${event['tid']}`;
const end = (event: Loose): number => number(event, 'ts') + number(event, 'dur');
const encloses = (slice: Loose, t: number): boolean =>
  number(slice, 'ts') <= t && (t < end(slice) || number(slice, 'dur') === 0);

/** All that the documentation asks for. */
function check(events: readonly Loose[]): void {
  for (const event of events) {
    const common = { name: expect.any(String), ph: expect.any(String), ts: expect.any(Number) };
    expect(event).toEqual({ ...common, pid: expect.any(Number), tid: expect.any(Number), ...requiredOf(event) });
    expect(number(event, 'ts')).toBeGreaterThanOrEqual(0);
  }
  const slices = events.filter((event) => event['ph'] === 'X');
  for (const one of slices) {
    expect(number(one, 'dur')).toBeGreaterThanOrEqual(0);
    for (const other of slices.filter((slice) => thread(slice) === thread(one))) {
      // Nested or apart, to the nanosecond.
      const overlap = number(one, 'ts') < number(other, 'ts') && number(other, 'ts') < end(one) - 1e-3;
      if (overlap) expect(end(other)).toBeLessThanOrEqual(end(one) + 1e-3);
    }
  }
  const flows = events.filter((event) => ['s', 't', 'f'].includes(String(event['ph'])));
  for (const flow of flows) {
    const around = slices.filter((slice) => thread(slice) === thread(flow) && encloses(slice, number(flow, 'ts')));
    expect([flow, around.length > 0]).toEqual([flow, true]);
  }
  for (const id of new Set(flows.map((flow) => flow['id']))) {
    const steps = flows.filter((flow) => flow['id'] === id);
    expect(steps.map((step) => step['ph']).join('')).toMatch(/^st*f$/);
    expect(new Set(steps.map((step) => `${step['name']} ${step['cat']}`)).size).toBe(1);
    const times = steps.map((step) => number(step, 'ts'));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
  const named = events.filter((event) => event['name'] === 'process_name').map((event) => event['pid']);
  expect(named).toEqual([...new Set(events.map((event) => event['pid']))]);
}

test('a run is a valid trace: processes, calls, signals, arrows, names', () => {
  const events = readBack(REAPED_IN_HANDLER);
  check(events);
  const of = (ph: string): unknown[] => events.filter((event) => event['ph'] === ph);
  const base = { pid: SERVER, tid: 1 };
  expect(of('X')).toContainEqual({
    ...{ ...base, ph: 'X', cat: 'syscall', name: 'accept', ts: 50, dur: 100 },
    args: { arguments: '19', result: '-1', errno: 'EINTR' },
  });
  expect(of('X')).toContainEqual({
    ...{ ph: 'X', cat: 'zombie', name: 'zombie', pid: CHILD, tid: 1, ts: 100, dur: 30, args: { until: 'reaped' } },
  });
  expect(of('i')).toContainEqual({ ...base, ph: 'i', cat: 'signal', name: 'SIGCHLD', s: 't', ts: 120 });
  expect(of('M')).toContainEqual({
    ...{ ...base, ph: 'M', ts: 0, name: 'process_name' },
    args: { name: `server ${SERVER}: zombies, handler, waitpid` },
  });
  const flows = events.filter((event) => 'id' in event);
  expect(flows.map((event) => [event['name'], event['ph'], event['pid'], event['ts']])).toEqual([
    ...[
      ['fork', 's', SERVER, 40],
      ['fork', 'f', CHILD, 40],
    ],
    ...[
      ['exit', 's', CHILD, 99.999],
      ['exit', 't', SERVER, 120],
      ['exit', 'f', SERVER, 125],
    ],
  ]);
});

test('calls of two threads that overlap are on two threads of the trace', () => {
  const events = readBack([
    enter(10, SERVER, 'accept', '3'),
    enter(20, SERVER, 'read', '4, 10 bytes'),
    gave(30, SERVER, 'accept', '3', 5),
    gave(40, SERVER, 'read', '4, 10 bytes', 2),
  ]);
  check(events);
  const tids = events.filter((event) => event['cat'] === 'syscall').map((event) => [event['name'], event['tid']]);
  expect(tids).toEqual([
    ['accept', 1],
    ['read', 2],
  ]);
});

test('several recordings: one after the other, and no two processes with one number', () => {
  const one = recording(REAPED_IN_HANDLER);
  const { traceEvents: events } = traceEvents([one, { ...one, runs: [...one.runs, ...one.runs] }]);
  check(events.map((event): Loose => ({ ...event })));
  const names = events.filter((event) => event.name === 'process_name');
  expect(new Set(names.map((event) => event.pid)).size).toBe(6);
});

test('no recordings, and runs without events: an empty trace', () => {
  expect(traceEvents([]).traceEvents).toEqual([]);
  expect(traceEvents([recording([])]).traceEvents).toEqual([]);
});

test('a real server is a valid trace', async () => {
  check(readBack(await servedOne()));
});
