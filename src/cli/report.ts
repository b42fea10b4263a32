import type { Command } from 'commander';
import type { Recording } from '../observe/recording';
import { command } from './command';
import { IN_BROWSER, outputFile, writeOutput } from './output-file';
import { recordingText } from './recording-table';

export interface ReportOptions {
  readonly html?: string;
  readonly trace?: string;
  readonly json: boolean;
}

/** Writes what the options ask for; the table is for the terminal if they ask for nothing. Each part is loaded for those who want it. */
export function report(recordings: readonly Recording[], { html, trace, json }: ReportOptions): void {
  if (html !== undefined) {
    const { timelineHtml } = require('../observe/page/page') as typeof import('../observe/page/page');
    writeOutput(html, timelineHtml(recordings), IN_BROWSER);
  }
  if (trace !== undefined) {
    const { traceEvents } = require('../observe/trace-events') as typeof import('../observe/trace-events');
    writeOutput(trace, `${JSON.stringify(traceEvents(recordings))}\n`, 'https://ui.perfetto.dev opens it');
  }
  if (json) process.stdout.write(`${JSON.stringify(recordings, null, 2)}\n`);
  else if (html === undefined && trace === undefined) process.stdout.write(recordings.map(recordingText).join('\n'));
}

function reportFile(file: string, options: ReportOptions): void {
  const { readRecording } = require('../observe/recording-file') as typeof import('../observe/recording-file');
  report(readRecording(file), options);
}

/** `realfork report`: what an experiment recorded, shown again. */
export function reportCommand(): Command {
  return command('report')
    .description(
      'Show what an experiment has recorded: table and verdict, a page with its timeline, a trace for Perfetto',
    )
    .argument('<file>', 'what `realfork experiment --record FILE` wrote')
    .option('--html <file>', 'write a page that needs nothing but itself', outputFile('page.html'))
    .option('--trace <file>', 'write trace events, which ui.perfetto.dev opens', outputFile('trace.json'))
    .option('--json', 'print the recordings as JSON', false)
    .action(reportFile);
}
