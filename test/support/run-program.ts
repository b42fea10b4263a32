import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from './errors';
import { type Leftover, MARK, processesOfRun } from './processes-of-a-run';

/**
 * Runs a program as a process of its own, in a process group of its own, and sees to it that nothing is
 * left of it: no process (and hence no descriptor and no listening port) and no file.
 */

export interface RunOptions {
  /** For node, before the program's name. */
  readonly nodeOptions?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Given to the program as standard input, then its end. */
  readonly input?: string;
  /** Milliseconds after which all of it is killed and the test fails. */
  readonly patience?: number;
}

export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PATIENCE_MS = 20_000;
/** How long what the program started may take to end after the program itself. Milliseconds. */
const GRACE_MS = 2000;

/** The compiled programs: dist-test/test/programs. */
const PROGRAMS = join(__dirname, '..', 'programs');

export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

async function leftOf(group: number, mark: string): Promise<Leftover[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const left = processesOfRun(group, mark);
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(2);
  }
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  child[stream]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** A command in a directory of its own, empty and to be left empty, which is also its TMPDIR. */
export async function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const mark = randomUUID();
  const directory = mkdtempSync(join(tmpdir(), 'realfork-test-'));
  const child = spawn(command, args, {
    cwd: directory,
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env, TMPDIR: directory, [MARK]: mark },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  child.stdin.on('error', () => {}); // EPIPE: it ended without reading
  child.stdin.end(options.input ?? '');
  const group = child.pid;
  let late: Leftover[] | undefined;
  const killTimer = setTimeout(() => {
    if (group === undefined) return;
    late = processesOfRun(group, mark);
    killGroup(group);
    for (const { pid } of late) killGroup(pid);
  }, options.patience ?? PATIENCE_MS);
  try {
    const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      // 'close' and not 'exit': all that shared its standard output has ended as well.
      child.on('close', (code, killedBy) => resolve([code, killedBy]));
    });
    const run = { status, signal, stdout: stdout(), stderr: stderr() };
    const problems: string[] = [];
    if (late !== undefined) problems.push(`killed as it did not end: ${JSON.stringify(late)}`);
    const left = group === undefined ? [] : await leftOf(group, mark);
    if (left.length > 0) problems.push(`processes left behind: ${JSON.stringify(left)}`);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    const files = readdirSync(directory);
    if (files.length > 0) problems.push(`files left behind: ${files.join(', ')}`);
    if (problems.length > 0) {
      throw new Error(`${command} ${args.join(' ')}: ${problems.join('; ')}\n${JSON.stringify(run, null, 2)}`);
    }
    return run;
  } finally {
    clearTimeout(killTimer);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One of test/programs, by its name without ending. */
export function runProgram(name: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
  const node = ['--enable-source-maps', ...(options.nodeOptions ?? []), join(PROGRAMS, `${name}.js`), ...args];
  return runCommand(process.execPath, node, options);
}

/** What a program wrote with report(), in order. */
export function reportsOf(run: Run): unknown[] {
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** Runs one scenario of a program that is to end well, and gives what it reported. */
export async function reports(program: string, scenario: string, ...args: string[]): Promise<unknown[]> {
  const run = await runProgram(program, [scenario, ...args]);
  if (run.status !== 0 || run.stderr !== '') {
    throw new Error(
      `${program} ${scenario} did not end well:\n${JSON.stringify(run, null, 2).replaceAll('\\n', '\n')}`,
    );
  }
  return reportsOf(run);
}

/** The same, where there is just one report. */
export async function facts(program: string, scenario: string, ...args: string[]): Promise<unknown> {
  const all = await reports(program, scenario, ...args);
  if (all.length !== 1) throw new Error(`${program} ${scenario} reported ${JSON.stringify(all)}: one report expected`);
  return all[0];
}
