import { readFileSync, writeFileSync } from 'node:fs';
import type { GenericSchema } from 'valibot';
import type { Event } from './events';
import type { RecordedRun, Recording } from './recording';

/**
 * Recordings in a file, a line of JSON each: a header for each experiment, then for each of its runs a line and after it
 * the run's events as its processes wrote them. Headers count what belongs to them: a file that was cut off is noticed.
 */

/** Of the format. A file of another version is refused. */
const VERSION = 1;

interface ExperimentLine extends Omit<Recording, 'runs'> {
  readonly line: 'experiment';
  readonly version: number;
  /** How many experiments are in the file, and how many runs this one has. */
  readonly of: number;
  readonly runs: number;
}

interface RunLine {
  readonly line: 'run';
  readonly title: string;
  readonly events: number;
}

/** What is wrong with a recording, in one line that names the file. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** JSON has no NaN and makes null of it: what cannot be read back is not written. */
function refuseWhatJsonLacks(key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new RecordingError(`${key} is ${value}, which a recording cannot hold`);
}

function* linesOf(recordings: readonly Recording[]): Generator<ExperimentLine | RunLine | Event> {
  for (const { runs, ...about } of recordings) {
    yield { line: 'experiment', version: VERSION, of: recordings.length, ...about, runs: runs.length };
    for (const { title, events } of runs) {
      yield { line: 'run', title, events: events.length };
      yield* events;
    }
  }
}

/**
 * Writes recordings to `file`, which is replaced.
 *
 * @throws {RecordingError} a number is not finite
 * @throws {Error} of the system: ENOENT, EACCES, ENOSPC
 */
export function writeRecording(file: string, recordings: readonly Recording[]): void {
  const lines = Array.from(linesOf(recordings), (line) => `${JSON.stringify(line, refuseWhatJsonLacks)}\n`);
  writeFileSync(file, lines.join(''));
}

interface Schemas {
  readonly experiment: GenericSchema<unknown, ExperimentLine>;
  readonly run: GenericSchema<unknown, RunLine>;
  readonly event: GenericSchema<unknown, Event>;
}

function schemas(v: typeof import('valibot')): Schemas {
  const text = v.string();
  const count = v.pipe(v.number(), v.integer(), v.minValue(0));
  const values = v.record(text, v.union([text, v.number(), v.boolean()]));
  // JSON leaves out what is undefined: `expected` and `port` are put back.
  const row = v.pipe(
    v.object({ id: text, setUp: text, observed: values, expected: v.exactOptional(values), asExpected: v.boolean() }),
    v.transform(({ expected, ...rest }) => ({ ...rest, expected })),
  );
  const base = { t: v.number(), pid: count, thread: v.exactOptional(count) };
  const named = { ...base, call: text, args: text };
  return {
    experiment: v.object({
      ...{ line: v.literal('experiment'), version: v.literal(VERSION), of: count, runs: count },
      ...{ experiment: text, question: text, verdict: v.tuple([text, text]), source: text, system: text, node: text },
      ...{ date: text, rows: v.array(row) },
    }),
    run: v.object({ line: v.literal('run'), title: text, events: count }),
    event: v.variant('kind', [
      v.object({ kind: v.literal('enter'), ...named }),
      v.object({
        ...{ kind: v.literal('call'), ...named, shown: text },
        ...{ result: v.exactOptional(v.number()), errno: v.exactOptional(text) },
      }),
      v.object({
        ...{ kind: v.literal('signal'), ...base, signal: text, phase: v.picklist(['handler', 'return']) },
        from: v.exactOptional(count),
      }),
      v.object({ kind: v.literal('exit'), ...base, status: v.number() }),
      v.object({ kind: v.literal('killed'), ...base, signal: text, core: v.boolean() }),
      v.object({ kind: v.literal('role'), ...base, role: text }),
      v.object({ kind: v.literal('note'), ...base, name: text, value: v.union([text, v.number(), v.boolean()]) }),
      v.pipe(
        v.object({ kind: v.literal('listening'), ...base, address: text, port: v.exactOptional(count) }),
        v.transform(({ port, ...rest }) => ({ ...rest, port })),
      ),
    ]),
  };
}

/** The lines of a file, taken one after the other. */
class Lines {
  private readonly lines: readonly string[];
  private taken = 0;
  private readonly v = require('valibot') as typeof import('valibot'); // loaded for those who read a recording
  readonly schemas = schemas(this.v);

  constructor(
    private readonly file: string,
    text: string,
  ) {
    this.lines = text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
  }

  get left(): number {
    return this.lines.length - this.taken;
  }

  /** @param what is expected there: "an event" */
  take<Wanted>(schema: GenericSchema<unknown, Wanted>, what: string): Wanted {
    const line = this.lines[this.taken++];
    if (line === undefined) throw this.error(`it ends where ${what} should be: it was cut off`);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      const isCutOff = this.left === 0 && this.taken > 1;
      throw this.error(isCutOff ? 'it was cut off' : `this is not ${what}: it is not JSON`);
    }
    const parsed = this.v.safeParse(schema, value);
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    const where = this.v.getDotPath(issue);
    throw this.error(`this is not ${what}: ${where === null ? '' : `${where}: `}${issue.message}`);
  }

  error(what: string): RecordingError {
    return new RecordingError(`recording ${this.file}, line ${this.taken}: ${what}`);
  }
}

function readRun(lines: Lines): RecordedRun {
  const { title, events } = lines.take(lines.schemas.run, 'a run of the experiment');
  return { title, events: Array.from({ length: events }, () => lines.take(lines.schemas.event, 'an event')) };
}

/**
 * Reads what writeRecording() wrote.
 *
 * @throws {RecordingError} it is no recording, of another version, or cut off
 * @throws {Error} of the system: ENOENT, EACCES, EISDIR
 */
export function readRecording(file: string): Recording[] {
  const text = readFileSync(file, 'utf8');
  if (text === '') throw new RecordingError(`recording ${file}: it is empty`);
  const lines = new Lines(file, text);
  const recordings: Recording[] = [];
  let experiments = 1;
  while (recordings.length < experiments) {
    const { line, version, of, runs, ...about } = lines.take(lines.schemas.experiment, 'the header of an experiment');
    experiments = of;
    recordings.push({ ...about, runs: Array.from({ length: runs }, () => readRun(lines)) });
  }
  if (lines.left > 0) throw new RecordingError(`recording ${file}: ${lines.left} more lines than its headers say`);
  return recordings;
}
