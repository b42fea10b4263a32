import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Collector } from '../../trace/collector';
import { watchOutput } from '../command';
import type { TraceOptions } from './options';
import { conclude, notUnderstood } from './outlets';

/** A log that strace has written, here or elsewhere. */

export async function traceLog(file: string, options: TraceOptions): Promise<void> {
  watchOutput();
  const name = file === '-' ? 'standard input' : file;
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  let lines: string[] = [];
  const collector = new Collector({
    all: options.all,
    line: options.quiet ? () => {} : (text) => void lines.push(`${text}\n`),
  });
  const flush = async (): Promise<void> => {
    const text = lines.join('');
    lines = [];
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
  };
  for await (const chunk of stream) {
    collector.take(Buffer.from(chunk));
    await flush();
  }
  collector.end();
  await flush();
  const left = notUnderstood(collector, name);
  if (left !== undefined) process.stderr.write(left);
  const about = { traced: name, tracer: 'a log of strace', system: 'Linux' };
  conclude(collector, about, options, (text) => void process.stdout.write(text));
}
