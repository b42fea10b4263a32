import { arch, release, type } from 'node:os';
import type { Command } from 'commander';
import { examine } from '../doctor/examine';
import type { Finding } from '../doctor/finding';
import { version } from '../version';
import { pc } from './colors';
import { command } from './command';
import { columns, isUnicode } from './terminal';

const NAME_WIDTH = 13;
/** Of a line for people, where nobody says. */
const WIDTH = 100;

/** Words into lines, the second and later ones below the first. */
function wrapped(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(NAME_WIDTH)}`);
}

function line({ name, found, verdict, remedy }: Finding): string {
  const width = Math.max(20, Math.min(columns(), WIDTH) - NAME_WIDTH);
  const paint = { well: pc.bold, note: pc.yellow, 'stops fork': pc.red }[verdict];
  const advice =
    remedy === undefined
      ? ''
      : `\n${' '.repeat(NAME_WIDTH)}${pc.yellow(wrapped(`${isUnicode() ? '→' : '->'} ${remedy}`, width))}`;
  return `${paint(name.padEnd(NAME_WIDTH))}${wrapped(found, width)}${advice}`;
}

function doctor(options: { json: boolean }): void {
  const { node, v8, uv } = process.versions;
  const system = `${type()} ${release()} ${arch()}`;
  const findings = examine();
  const stopped = findings.some(({ verdict }) => verdict === 'stops fork');
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ version, system, node, v8, uv, findings }, null, 2)}\n`);
  } else {
    const head = `realfork ${version} on ${system}, Node ${node}, V8 ${v8}, libuv ${uv}`;
    process.stdout.write(`${head}\n\n${findings.map(line).join('\n')}\n`);
  }
  process.exitCode = stopped ? 1 : 0;
}

/** `realfork doctor`: whether fork() works here, and what it meets. */
export function doctorCommand(): Command {
  return command('doctor')
    .description('Show whether fork() works here, what stops it, and how to mend that: threads, memory, limits, kernel')
    .option('--json', 'print { version, system, node, v8, uv, findings } as JSON', false)
    .action(doctor);
}
