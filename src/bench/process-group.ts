import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { whenLeaving } from '../leaving';
import { type Pid, pidOf, signalGroupIfThere } from '../signalling';

export interface GroupOptions {
  /** Milliseconds after which the whole group is killed, whatever it does. */
  readonly patience: number;
  /** Called with each line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** What it writes on standard error goes to ours as it comes, and not into the error of finished(). */
  readonly showErrors?: boolean;
  /** Its environment; ours if left out. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A program in a process group of its own, so that what it forks goes with it, and with a kill timer:
 * nothing of it is left when this process has ended, however that was.
 */
export class ProcessGroup {
  readonly pid: Pid;
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  /** Its exit and the end of its output. */
  private readonly closed: Promise<unknown>;
  private readonly killTimer: NodeJS.Timeout;
  private readonly forget: () => void;
  private stderr = '';
  private timedOut = false;
  private onFirstLine: (() => void) | undefined;

  constructor(
    readonly name: string,
    command: readonly string[],
    private readonly options: GroupOptions,
  ) {
    const [program = '', ...args] = command;
    const env = options.env ?? process.env;
    this.forget = whenLeaving(() => this.kill()); // before it is started: a signal may come in between
    this.child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
    if (this.child.pid === undefined) {
      this.forget();
      this.child.on('error', () => {}); // ENOENT comes there too: the one thrown here says more
      throw new Error(`${name}: cannot start ${program}`);
    }
    this.pid = pidOf(this.child.pid, name);
    this.closed = once(this.child, 'close');
    this.killTimer = setTimeout(() => {
      this.timedOut = true;
      this.kill();
    }, options.patience);
    this.child.stderr?.on('data', (text) => {
      if (options.showErrors === true) process.stderr.write(text);
      else this.stderr += text;
    });
    if (this.child.stdout !== null) createInterface({ input: this.child.stdout }).on('line', (line) => this.take(line));
  }

  /** Its first line of output: how a server says that it is ready. Rejects if it ends without one. */
  async firstLine(): Promise<string> {
    const said = new Promise<void>((resolve) => {
      this.onFirstLine = resolve;
    });
    if (this.lines.length === 0) await Promise.race([said, this.closed]);
    const [line] = this.lines;
    if (line === undefined) throw this.failure('ended before it was ready');
    return line;
  }

  /** Its output once it has ended. Rejects unless it ended with status 0. */
  async finished(): Promise<readonly string[]> {
    await this.closed;
    this.done();
    if (this.child.exitCode !== 0) throw this.failure(this.howItEnded());
    return this.lines;
  }

  /** Ends it and all that it forked, and waits for it. */
  async stop(): Promise<void> {
    this.kill();
    await this.closed;
    this.done();
  }

  /** "status 1", "SIGSEGV", "more than 30 s". */
  howItEnded(): string {
    if (this.timedOut) return `was killed, still at it after ${this.options.patience / 1000} s`;
    const { exitCode, signalCode } = this.child;
    return signalCode === null ? `ended with status ${exitCode}` : `was killed by ${signalCode}`;
  }

  /** SIGKILL to the whole group. */
  kill(): void {
    signalGroupIfThere(this.pid, 'SIGKILL');
  }

  private take(line: string): void {
    this.lines.push(line);
    this.onFirstLine?.();
    this.options.onLine?.(line);
  }

  /** The leader has ended and been reaped, but not, perhaps, all that it forked. */
  private done(): void {
    clearTimeout(this.killTimer);
    this.kill();
    this.forget();
  }

  private failure(what: string): Error {
    const said = this.stderr.trim();
    return new Error(`${this.name} ${what}${said === '' ? '' : `: ${said}`}`);
  }
}
