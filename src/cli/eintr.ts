import { arch, release, type } from 'node:os';
import type { Command } from 'commander';
import { Progress } from '../bench/progress';
import { SET_UPS } from '../experiments/eintr/expectations';
import { type EintrRow, runSetUp } from '../experiments/eintr/run';
import { howKnown } from '../observe/columns';
import { pc } from './colors';
import { command } from './command';
import { grid } from './grid';
import { columns } from './terminal';

interface EintrReport {
  readonly system: string;
  readonly node: string;
  readonly rows: readonly EintrRow[];
}

/** Columns of a terminal that the table needs with its frame, and without. */
const FRAMED_WIDTH = 106;
const PLAIN_WIDTH = 96;

function setUpText(row: EintrRow): string {
  switch (row.disposition) {
    case 'default':
      return 'SIG_DFL';
    case 'ignore':
      return 'SIG_IGN';
    case 'handler':
      if (row.flags !== '0') return row.flags.replaceAll('|', ', ');
      return `no flags, ${row.onEintr === 'die' ? 'Accept dies' : 'accept loops'}`;
  }
}

function acceptText(row: EintrRow): string {
  const when = Number.isNaN(row.acceptAfterMs) ? '' : `, ${row.acceptAfterMs.toFixed(1)} ms`;
  return row.acceptResult === 'connection' ? `connection${when}` : pc.yellow(`${row.acceptResult}${when}`);
}

/** "2 pids, ECHILD": the children that it gave, and what ended its loop. */
function waitpidText(row: EintrRow): string {
  if (row.waitpid.length === 0) return 'not called';
  const others = [...new Set(row.waitpid.filter((said) => !/^[1-9]/.test(said)))];
  const pids = row.reaped === 0 ? [] : [row.reaped === 1 ? '1 pid' : `${row.reaped} pids`];
  return [...pids, ...others].join(', ');
}

function table(report: EintrReport): string {
  const onTerminal = process.stdout.isTTY === true;
  const isFramed = onTerminal && columns() >= FRAMED_WIDTH;
  const isNarrow = columns() < PLAIN_WIDTH;
  return grid(
    {
      head: [
        'SIGCHLD handler',
        'accept returned',
        'ran',
        'waitpid',
        'zombies',
        'server',
        `expected${howKnown(report.system)}`,
      ],
      aligns: ['left', 'left', 'right', 'left', 'right', 'left', 'left'],
      isFramed,
      ...(isNarrow ? { widths: [16, 12, null, 11] } : {}),
    },
    report.rows.map((row) => [
      setUpText(row),
      acceptText(row),
      `${row.handlerRuns}×`,
      waitpidText(row),
      row.zombies > 0 ? pc.magenta(String(row.zombies)) : '0',
      row.serverSurvived ? 'lives' : pc.red('died'),
      row.asExpected ? pc.green('yes') : pc.bold(pc.red('NO')),
    ]),
  );
}

function differences(row: EintrRow): string[] {
  const { expected } = row;
  if (row.asExpected) return [];
  if (expected === undefined) return [`${row.id}: nothing is known yet of what ${process.platform} does`];
  const keys = ['acceptResult', 'handlerRuns', 'reaped', 'zombies', 'serverSurvived'] as const;
  return keys
    .filter((key) => row[key] !== expected[key])
    .map((key) => `${row.id}: ${key} is ${row[key]}, expected on ${process.platform}: ${expected[key]}`);
}

async function eintr(options: { json: boolean }): Promise<void> {
  const progress = new Progress();
  const rows: EintrRow[] = [];
  for (const [index, setUp] of SET_UPS.entries()) {
    progress.show(`${index + 1}/${SET_UPS.length} ${setUp.id}`);
    rows.push(await runSetUp(setUp));
  }
  progress.end();
  const report: EintrReport = { system: `${type()} ${release()} ${arch()}`, node: process.version, rows };
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    process.stdout.write(
      `Figure 4.13 (Stevens, UNP 4.8) on ${report.system}, Node ${report.node}.\n` +
        'Two clients come, one after the other; the child of the first ends while the\n' +
        'server is blocked in accept. What that accept returned, how long after the end\n' +
        'of the child, and how often the handler ran:\n\n' +
        `${table(report)}\n`,
    );
    const unexpected = rows.flatMap(differences);
    if (unexpected.length > 0) process.stdout.write(`\nNot as expected:\n${unexpected.join('\n')}\n`);
  }
  process.exitCode = rows.every((row) => row.asExpected) ? 0 : 1;
}

/** `realfork eintr`: what each flag of sigaction does to accept, observed. */
export function eintrCommand(): Command {
  return command('eintr')
    .description('Show what SA_RESTART, SA_NOCLDWAIT and the rest do to a blocked accept, on real processes')
    .option('--json', 'print { system, node, rows } as JSON', false)
    .action(eintr);
}
