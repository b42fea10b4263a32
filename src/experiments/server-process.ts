import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { EventLog } from '../observe/event-log';
import type { Event, ListeningEvent } from '../observe/events';
import { findProcess } from '../observe/processes';

/** The command line of this package, as a user starts it. */
const CLI = join(__dirname, '..', 'cli', 'main.js');

/** Between two looks at a state that the kernel sends no word of, in milliseconds. */
const LOOK_AGAIN_MS = 1;

/** Waits until what is asked of the kernel is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(LOOK_AGAIN_MS);
}

const isListening = (event: Event): event is ListeningEvent => event.kind === 'listening';

/** `realfork serve` in a process group of its own, with its events read from descriptor 3. */
export class ServerProcess {
  readonly pid: number;
  readonly log: EventLog;
  private readonly exited: Promise<void>;
  /** Nobody is left in the server's process group: its number may be another's by now. */
  private gone = false;
  private readonly killTimer: NodeJS.Timeout;
  private stderr = '';

  /** @param patience milliseconds after which the whole group is killed, whatever it does */
  constructor(args: readonly string[], patience: number) {
    const child: ChildProcess = spawn(process.execPath, [CLI, 'serve', ...args, '--events', '3'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) throw new Error('the server could not be started');
    this.pid = child.pid;
    this.log = new EventLog(child.stdio[3] as Readable);
    child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.exited = once(child, 'exit').then(() => this.noteWhetherChildrenAreLeft());
    this.killTimer = setTimeout(() => this.killGroup(), patience);
  }

  /** Once clients can connect. Rejects with what the server said if it ended instead. */
  async listening(): Promise<ListeningEvent & { port: number }> {
    try {
      const event = await this.log.waitFor(isListening);
      return { ...event, port: event.port ?? 0 };
    } catch (error) {
      throw new Error('the server did not start', { cause: error });
    }
  }

  /** What went wrong, and what the server itself said of it. */
  explain(error: unknown): string {
    const what = error instanceof Error ? error.message : String(error);
    return this.stderr === '' ? what : `${what}. The server said: ${this.stderr.trim()}`;
  }

  /** Until the server has entered accept for the nth time and the kernel has put it to sleep there. */
  async blockedInAccept(nth: number): Promise<void> {
    await this.log.waitFor((event) => event.kind === 'enter' && event.call === 'accept' && event.pid === this.pid, nth);
    await until(() => findProcess(this.pid)?.state !== 'running');
  }

  /** The child that the nth fork made. */
  async child(nth: number): Promise<number> {
    const forked = await this.log.waitFor(
      (event) => event.kind === 'call' && event.call === 'fork' && event.pid === this.pid,
      nth,
    );
    return forked.kind === 'call' ? (forked.result ?? -1) : -1;
  }

  /** Until a process is a zombie, or gone. */
  async ended(pid: number): Promise<void> {
    await until(() => (findProcess(pid)?.state ?? 'zombie') === 'zombie');
  }

  get alive(): boolean {
    return (findProcess(this.pid)?.state ?? 'zombie') !== 'zombie';
  }

  /** Until the server itself has ended. */
  async hasExited(): Promise<void> {
    await this.exited;
  }

  /** Ends the server and all its children, and waits for it. */
  async stop(): Promise<void> {
    clearTimeout(this.killTimer);
    this.killGroup();
    await this.exited;
  }

  private noteWhetherChildrenAreLeft(): void {
    this.signalGroup(0);
  }

  private killGroup(): void {
    this.signalGroup('SIGKILL');
  }

  private signalGroup(signal: NodeJS.Signals | 0): void {
    if (this.gone) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      this.gone = true;
    }
  }
}
