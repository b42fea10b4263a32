import { arch, release, type } from 'node:os';
import Table from 'cli-table3';
import { Command } from 'commander';
import { createSpinner } from 'nanospinner';
import pc from 'picocolors';
import { SET_UPS } from '../experiments/eintr/expectations';
import { type EintrRow, runSetUp } from '../experiments/eintr/run';

interface EintrReport {
  readonly system: string;
  readonly node: string;
  readonly rows: readonly EintrRow[];
}

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

const DISPOSITIONS = { default: 'SIG_DFL', ignore: 'SIG_IGN', handler: 'handler' } as const;

function setUpText(row: EintrRow): string {
  if (row.disposition !== 'handler') return DISPOSITIONS[row.disposition];
  const flags = row.flags === '0' ? 'no flags' : row.flags;
  const server = row.flags === '0' ? (row.onEintr === 'die' ? ', Accept dies' : ', accept in a loop') : '';
  return `handler, ${flags}${server}`;
}

function acceptText(row: EintrRow): string {
  const when = Number.isNaN(row.acceptAfterMs) ? '' : ` after ${row.acceptAfterMs.toFixed(1)} ms`;
  return row.acceptResult === 'connection' ? `next connection${when}` : `${row.acceptResult}${when}`;
}

function waitpidText(row: EintrRow): string {
  if (row.waitpid.length === 0) return 'not called';
  return row.waitpid.map((said) => (/^[1-9]/.test(said) ? 'pid' : said)).join(', ');
}

function table(report: EintrReport): string {
  const onTerminal = process.stdout.isTTY === true;
  const grid = new Table({
    head: ['SIGCHLD', 'the blocked accept returned', 'handler runs', 'waitpid', 'zombies', 'server', 'as expected'],
    style: { head: onTerminal ? ['bold'] : [], border: onTerminal ? ['gray'] : [], compact: true },
    colAligns: ['left', 'left', 'right', 'left', 'right', 'left', 'left'],
    ...(onTerminal ? {} : { chars: BORDERLESS }),
  });
  for (const row of report.rows) {
    grid.push([
      setUpText(row),
      row.acceptResult === 'EINTR' ? pc.yellow(acceptText(row)) : acceptText(row),
      row.handlerRuns,
      waitpidText(row),
      row.zombies > 0 ? pc.magenta(String(row.zombies)) : '0',
      row.serverSurvived ? 'lives' : pc.red('died'),
      row.asExpected ? pc.green('yes') : pc.bold(pc.red('NO')),
    ]);
  }
  return grid.toString();
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
  const spinner = createSpinner('', { stream: process.stderr });
  const showProgress = process.stderr.isTTY === true;
  const rows: EintrRow[] = [];
  for (const [index, setUp] of SET_UPS.entries()) {
    if (showProgress) spinner.start(`${index + 1}/${SET_UPS.length} ${setUp.id}`);
    rows.push(await runSetUp(setUp));
  }
  if (showProgress) spinner.clear().stop();
  const report: EintrReport = { system: `${type()} ${release()} ${arch()}`, node: process.version, rows };
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    process.stdout.write(
      `Figure 4.13 (Stevens, UNP 4.8) on ${report.system}, Node ${report.node}: two clients, one after the other;\n` +
        'the first child ends while the server is blocked in accept.\n\n' +
        `${table(report)}\n`,
    );
    const unexpected = rows.flatMap(differences);
    process.stdout.write(unexpected.length === 0 ? '' : `\n${unexpected.join('\n')}\n`);
  }
  process.exitCode = rows.every((row) => row.asExpected) ? 0 : 1;
}

/** `realfork eintr`: what each flag of sigaction does to accept, observed. */
export function eintrCommand(): Command {
  return new Command('eintr')
    .description('Show what SA_RESTART, SA_NOCLDWAIT and the rest do to a blocked accept, on real processes')
    .option('--json', 'print { system, node, rows } as JSON', false)
    .action(eintr);
}
