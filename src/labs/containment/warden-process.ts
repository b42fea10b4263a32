import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { calls } from '../../calls';
import { WNOHANG } from '../../constants';
import type { Ending } from '../../experiments/observed-program';
import { childrenOf, findProcess } from '../../observe/processes';
import { isSpawned } from '../../spawned-children';
import type { StartOptions } from '../lab';
import { CONTROL, EVENTS, type Plan, type Report, readReport, STOP } from './plan';
import { becomeReaper } from './reaper';
import { signalStudent, sweep } from './sweep';
import { tracerOf } from './tracer-of';

const WARDEN = join(__dirname, 'warden.js');

/** Children of this process that nobody started: what a warden that was killed has left. */
async function sweepStrays(): Promise<readonly number[]> {
  const isStray = ({ pid }: { readonly pid: number }): boolean => !isSpawned(pid);
  const left = await sweep(isStray, () => {
    for (const { pid, state } of childrenOf(process.pid)) {
      if (state === 'zombie' && !isSpawned(pid)) calls.waitpid(pid, WNOHANG);
    }
  });
  return left.map(({ pid }) => pid);
}

interface WardenEvents {
  started(pid: number): void;
  ended(ending: Ending): void;
  tooManyProcesses(count: number): void;
  /** The program traces the grader. */
  graderTraced(by: number): void;
  /** The warden itself has ended: killed by the program, as nobody else does, or by a fault of its own. */
  lost(why: string): void;
}

/** The grader's end of a warden. */
export class WardenProcess {
  readonly pid: number;
  readonly stdin: NodeJS.WritableStream | null;
  /** Null where the program has a terminal. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly events: Readable;
  private readonly started: ChildProcess;
  private readonly control: Duplex;
  private readonly exited: Promise<unknown>;
  private isStopping = false;
  private fault: string | undefined;
  /** What could not be ended. */
  private left: readonly number[] = [];

  constructor(plan: Plan, { input = 'none', terminal }: StartOptions, listener: WardenEvents) {
    becomeReaper();
    const standard: (number | 'pipe' | 'ignore')[] =
      terminal === undefined
        ? [input === 'pipe' ? 'pipe' : 'ignore', 'pipe', 'pipe']
        : [terminal.slave, terminal.slave, terminal.slave];
    this.started = spawn(process.execPath, [WARDEN, JSON.stringify(plan)], {
      detached: true, // what is typed at the terminal is not for it
      stdio: [...standard, 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const { pid, stdin, stdout, stderr, stdio } = this.started;
    if (pid === undefined) throw new Error('the warden could not be started');
    terminal?.handedOver();
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.events = stdio[EVENTS] as Readable;
    this.control = stdio[CONTROL] as Duplex;
    for (const stream of [stdin, stdout, stderr, this.events, this.control]) stream?.on('error', () => {}); // it is gone
    const lines = createInterface({ input: this.control });
    lines.on('error', () => {}); // a warden that was killed has not read all: ECONNRESET
    lines.on('line', (line) => {
      const report = readReport(line);
      if (report !== undefined) this.hear(report, listener);
      else listener.lost('it has written what no warden writes'); // or somebody has in its name
    });
    this.exited = once(this.started, 'exit').then(([status, signal]: readonly unknown[]) => {
      // Told to stop it exits by itself. A signal may have come before that was heard: what the program did to it shows
      // first as a broken connection, say, and the test is over with that.
      if (this.isStopping && signal === null && this.fault === undefined) return;
      listener.lost(this.fault ?? String(signal ?? `exit status ${status}`));
    });
  }

  private hear(report: Report, listener: WardenEvents): void {
    switch (report.kind) {
      case 'started':
        listener.started(report.pid);
        return;
      case 'ended':
        listener.ended({ status: report.status, signal: report.signal });
        return;
      case 'too many processes':
        listener.tooManyProcesses(report.count);
        return;
      case 'grader traced':
        listener.graderTraced(report.by);
        return;
      case 'failed':
        this.fault = report.why;
        return;
      case 'left':
        this.left = report.pids;
    }
  }

  /** Whether the program has stopped the warden, or traces it. */
  get isHeld(): boolean {
    return findProcess(this.pid)?.state === 'stopped';
  }

  /** A warden that the program has stopped, or traces, would never hear that it is to end. */
  private letGo(): void {
    if (!this.isHeld) return;
    signalStudent(this.pid, tracerOf(this.pid) === undefined ? 'SIGCONT' : 'SIGKILL');
  }

  /** Ends the program and all that came of it. @returns what could not be ended */
  async stop(): Promise<readonly number[]> {
    this.isStopping = true;
    this.letGo();
    if (this.control.writable) this.control.write(`${STOP}\n`);
    await this.exited;
    const strays = await sweepStrays();
    for (const stream of [this.stdout, this.stderr, this.events, this.control]) stream?.destroy();
    return [...this.left, ...strays];
  }
}
