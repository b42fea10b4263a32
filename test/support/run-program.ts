import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from './errors';
import { type Leftover, MARK, processesOfRun, ticksNow } from './processes-of-a-run';

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

const PATIENCE_MS = 100_000;
/** How long what the program started may take to end after the program itself. Milliseconds. */
const GRACE_MS = 2000;

/** The compiled programs: dist-test/test/programs. */
const PROGRAMS = join(__dirname, '..', 'programs');

/** @param pid of a process, or a group, negated */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** What a stream has brought so far, and a way to wait for more. */
class Heard {
  private readonly chunks: Buffer[] = [];
  private waiting: (() => void)[] = [];
  private ended = false;

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.wake();
    });
    stream.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** The first match. Rejects at the end of the stream. */
  async match(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      if (this.ended) throw new Error(`${pattern} was never said, only:\n${this.text}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

/** A command in a directory of its own, empty and to be left empty, which is also its TMPDIR. */
export class Started {
  readonly pid: number;
  readonly directory: string;
  readonly stdout: Heard;
  readonly stderr: Heard;
  /** Its last moment: 'close' and not 'exit', so that all that shared its standard output has ended as well. */
  private readonly closed: Promise<[number | null, NodeJS.Signals | null]>;
  private readonly mark = randomUUID();
  private readonly shown: string;
  private readonly killTimer: NodeJS.Timeout;
  private late: Leftover[] | undefined;
  /** When its process was reaped: from then on its number may be another's. */
  private reapedAt: number | undefined;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.shown = [command, ...args].join(' ');
    this.directory = mkdtempSync(join(tmpdir(), 'realfork-test-'));
    const child = spawn(command, args, {
      cwd: this.directory,
      detached: true,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env, TMPDIR: this.directory, [MARK]: this.mark },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.stdout = new Heard(child.stdout);
    this.stderr = new Heard(child.stderr);
    this.closed = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', () => {
        this.reapedAt = ticksNow();
      });
      child.on('close', (status, signal) => resolve([status, signal]));
    });
    if (child.pid === undefined) throw new Error(`${this.shown} could not be started`);
    this.pid = child.pid;
    child.stdin.on('error', () => {}); // EPIPE: it ended without reading
    child.stdin.end(options.input ?? '');
    this.killTimer = setTimeout(() => {
      this.late = this.alive();
      this.killAll();
    }, options.patience ?? PATIENCE_MS);
  }

  /** Waits for its end, and fails if it was killed for being late or leaves anything behind. */
  async end(): Promise<Run> {
    try {
      const [status, signal] = await this.closed;
      const run = { status, signal, stdout: this.stdout.text, stderr: this.stderr.text };
      const problems: string[] = [];
      if (this.late !== undefined) problems.push(`killed as it did not end: ${JSON.stringify(this.late)}`);
      const left = await this.left();
      if (left.length > 0) problems.push(`processes left behind: ${JSON.stringify(left)}`);
      this.killAll();
      const files = readdirSync(this.directory);
      if (files.length > 0) problems.push(`files left behind: ${files.join(', ')}`);
      if (problems.length > 0) {
        throw new Error(`${this.shown}: ${problems.join('; ')}\n${JSON.stringify(run, null, 2)}`);
      }
      return run;
    } finally {
      clearTimeout(this.killTimer);
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  private alive(): Leftover[] {
    return processesOfRun(this.pid, this.mark, this.reapedAt);
  }

  /** What lives after the time that it may take to end. */
  private async left(): Promise<Leftover[]> {
    const deadline = performance.now() + GRACE_MS;
    for (;;) {
      const left = this.alive();
      if (left.length === 0 || performance.now() > deadline) return left;
      await delay(2);
    }
  }

  private killAll(): void {
    if (this.reapedAt === undefined) kill(-this.pid);
    for (const { pid } of this.alive()) kill(pid);
  }

  /** Kills all of it, whatever it does, and waits. For the end of a test that may have failed. */
  async kill(): Promise<void> {
    clearTimeout(this.killTimer);
    this.killAll();
    await this.closed;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Started(command, args, options).end();
}

/** One of test/programs, by its name, without ending if that is .js. */
export function runProgram(name: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
  const node = [...(options.nodeOptions ?? []), join(PROGRAMS, extname(name) === '' ? `${name}.js` : name), ...args];
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
