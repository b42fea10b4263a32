/**
 * Forks beside packages of others that are in use: whether each works in the child, and in its parent afterwards.
 *
 *   packages CHILDREN PATIENCE-SECONDS
 *
 * Run by soak.ts, which has installed them, and watches it: it writes messages.ts on standard output and ends with status 1
 * if a child hung, or a package gave something wrong. A fork that is refused is as it should be.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installPackages, versionOf } from './beside/install';
import { type Outcome, parseOutcome } from './beside/outcome';
import { SUBJECTS } from './beside/subjects';
import { complain, conclude, reportHung, verdict } from './findings';
import { tell } from './messages';

const [children = 20, patience = 30] = process.argv.slice(2).map(Number);
const installed = installPackages(); // long done
const start = performance.now();

/** Runs beside.ts for one package. Its words on standard error are shown. */
async function besides(name: string): Promise<Outcome | undefined> {
  const directory = join(tmpdir(), name);
  mkdirSync(directory);
  const args = [join(__dirname, 'beside/beside.js'), name, String(children), String(patience), installed, directory];
  const beside = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(beside, 'exit');
  const lines = createInterface({ input: beside.stdout });
  let outcome: Outcome | undefined;
  const said = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      outcome = parseOutcome(line);
      resolve();
    });
    lines.on('close', resolve); // without a word. A child that hangs keeps it open
  });
  const look = setInterval(() => tell({ kind: 'progress', text: `beside ${name}` }), 1000);
  await exit;
  await said;
  clearInterval(look);
  return outcome;
}

function judge(name: string, outcome: Outcome | undefined): string {
  switch (outcome?.kind) {
    case 'works':
      return `works, ${outcome.children} of ${outcome.children} children`;
    case 'refused':
      tell({ kind: 'note', text: `${name}: ${outcome.code}: ${outcome.why}` });
      return `refused, ${outcome.code}`;
    case 'hung':
      reportHung(outcome.pid, `${name}: child ${outcome.child} (${outcome.pid}) hangs`);
      return `HUNG: child ${outcome.child}`;
    case 'stuck':
      complain(`${name}: in child ${outcome.child} its use never ends`);
      return `HUNG: in child ${outcome.child} its use never ends`;
    case 'corrupt':
      complain(`${name}: ${outcome.text}`);
      return `CORRUPT: ${outcome.text}`;
    case undefined:
      complain(`${name}: the parent ended before its time`);
      return 'CORRUPT: the parent ended before its time';
  }
}

async function main(): Promise<void> {
  const names = Object.keys(SUBJECTS);
  for (const name of names) {
    const outcome = await besides(name);
    tell({ kind: 'row', cells: [name, versionOf(name, installed), judge(name, outcome)] });
  }
  conclude(verdict(names.length, 'packages', performance.now() - start));
}

void main();
