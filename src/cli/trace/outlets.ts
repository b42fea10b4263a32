import { arch, release, type } from 'node:os';
import type { Recording } from '../../observe/recording';
import { printable } from '../../printable';
import type { Collector } from '../../trace/collector';
import { recordingOf } from '../../trace/recording';
import { REALFORK } from '../called-as';
import { said, writeOutput } from '../output-file';
import { recordingText } from '../recording-table';
import { report } from '../report';
import type { TraceOptions } from './options';

/** "Linux 6.18.0 x64": of a program that ran here. */
export const THIS_SYSTEM = `${type()} ${release()} ${arch()}`;

/** "./server 9877"; words that a shell would split are in quotes. */
export function commandLine(words: readonly string[]): string {
  return printable(words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' '));
}

/** Lines of a log that are not strace's, in one line; undefined where there are none. */
export function notUnderstood(
  { notUnderstood: { first, count }, understood }: Collector,
  name: string,
): string | undefined {
  if (count === 0) return undefined;
  const [problem] = first;
  const more = count === 1 ? '' : `, and ${count - 1} more lines`;
  const where = `${printable(name)}, line ${problem?.line}: ${problem?.message}`;
  if (understood === 0) throw new Error(`${where}. None of its lines is one that strace writes`);
  return `realfork: ${where}: left out${more}\n`;
}

/** The files that the options ask for. */
function keep(recording: Recording, { record, html, perfetto, json }: TraceOptions): void {
  if (record !== undefined) {
    const { writeRecording } = require('../../observe/recording-file') as typeof import('../../observe/recording-file');
    writeRecording(record, [recording]);
    said(record, `"${REALFORK} report ${record}" shows it again`);
  }
  if (json !== undefined) writeOutput(json, `${JSON.stringify([recording], null, 2)}\n`, 'the recording as JSON');
  if (html !== undefined || perfetto !== undefined) {
    report([recording], {
      ...(html === undefined ? {} : { html }),
      ...(perfetto === undefined ? {} : { trace: perfetto }),
      json: false,
    });
  }
}

/** What came of it: the table for a person, and the files. */
export function conclude(
  collector: Collector,
  about: { readonly traced: string; readonly tracer: string; readonly system: string },
  options: TraceOptions,
  say: (text: string) => void,
): void {
  const { precision, date } = collector;
  const events = collector.events();
  if (events.length === 0) {
    say('realfork: no call was seen\n');
    return;
  }
  const recording = recordingOf(events, { ...about, precision, date });
  say(`${options.quiet ? '' : '\n'}${recordingText(recording)}`);
  keep(recording, options);
}
