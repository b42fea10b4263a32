import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { whenLeaving } from '../leaving';
import { EventLog } from '../observe/event-log';
import type { CallEvent, Event, ListeningEvent, NoteEvent } from '../observe/events';
import { blockedIn, findProcess } from '../observe/processes';
import { isPid, type Pid, pidOf, signalGroupIfThere } from '../signalling';

/** Between two looks at a state that the kernel sends no word of, in milliseconds. */
const LOOK_AGAIN_MS = 1;

/** How long a zombie may wait for its parent to wait for it, in milliseconds. */
const REAPED_MS = 10_000;

function notReaped(pid: number, ppid: number | undefined): string {
  const still = `process ${pid} is a zombie after ${REAPED_MS / 1000} s: process ${ppid}, its parent, does not wait for it`;
  return ppid === 1 ? `${still}. In a container, let there be an init that does: docker run --init` : still;
}

/** Waits until what is asked of the kernel is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(LOOK_AGAIN_MS);
}

/** What the C library makes of a call, where that does not begin with its name, as accept4 and openat do. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  ...{ wait: 'wait4', waitpid: 'wait4', wait3: 'wait4', select: 'pselect6', pselect: 'pselect6' },
  ...{ sigsuspend: 'rt_sigsuspend', sigwaitinfo: 'rt_sigtimedwait', sigtimedwait: 'rt_sigtimedwait' },
  ...{ sleep: 'clock_nanosleep', nanosleep: 'clock_nanosleep', semop: 'sem', semtimedop: 'sem' },
};

/** Whether the kernel has put a process to sleep in a call. Undefined: it has ended. */
function isAsleepIn(call: string, pid: number): boolean | undefined {
  const { state = 'zombie' } = findProcess(pid) ?? {};
  if (state === 'zombie') return undefined;
  // Where the system does not tell the call, that it sleeps must do.
  return state === 'sleeping' && (blockedIn(pid)?.call.startsWith(KERNEL_NAMES[call] ?? call) ?? true);
}

const isListening = (event: Event): event is ListeningEvent => event.kind === 'listening';

/** How the program itself ended: one of the two. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface ProgramOptions {
  /** "pipe": a standard input that lasts until endInput(). */
  readonly stdin?: 'ignore' | 'pipe';
  /** Is given each event, of which the log then keeps none. */
  readonly onEvent?: (event: Event) => void;
}

/** A program of this package in a process group of its own, with its events read from its descriptor 3. */
export class ObservedProgram {
  readonly pid: Pid;
  readonly log: EventLog;
  private readonly started: ChildProcess;
  private readonly exited: Promise<Ending>;
  /** Nobody is left in the program's process group: its number may be another's by now. */
  private isOver = false;
  private readonly killTimer: NodeJS.Timeout | undefined;
  private readonly forget: () => void;
  private stderr = '';

  /**
   * @param args for node: the program and its arguments
   * @param patience milliseconds after which the whole group is killed, whatever it does; Infinity: never
   */
  constructor(args: readonly string[], patience: number, { stdin = 'ignore', onEvent }: ProgramOptions = {}) {
    // Ctrl-C is not for a group of its own; and one that is stopped, or blocked, hears of nothing else either. Before it is
    // started: a signal that came in between would end this process alone.
    this.forget = whenLeaving(() => this.killGroup());
    this.started = spawn(process.execPath, args, { detached: true, stdio: [stdin, 'ignore', 'pipe', 'pipe'] });
    if (this.started.pid === undefined) {
      this.forget();
      this.started.on('error', () => {}); // EAGAIN comes there too: the one thrown here says more
      throw new Error(`${args.join(' ')} could not be started`);
    }
    this.pid = pidOf(this.started.pid, args.join(' '));
    this.log = new EventLog(this.started.stdio[3] as Readable, onEvent);
    this.started.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.exited = once(this.started, 'exit').then(([status, signal]) => {
      this.noteWhetherChildrenAreLeft();
      return { status, signal };
    });
    if (Number.isFinite(patience)) this.killTimer = setTimeout(() => this.killGroup(), patience);
  }

  /** What went wrong, and what the program itself said of it. */
  explain(error: unknown): string {
    const what = error instanceof Error ? error.message : String(error);
    return this.stderr === '' ? what : `${what}. It said: ${this.stderr.trim()}`;
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

  /** Until a process of the program has entered a call for the nth time and the kernel has put it to sleep there. */
  async blockedIn(call: string, nth = 1, pid = this.pid): Promise<void> {
    await this.log.waitFor((event) => event.kind === 'enter' && event.call === call && event.pid === pid, nth);
    await this.sleepsIn(call, pid);
  }

  /** Until the kernel has put a process to sleep in a call. */
  async sleepsIn(call: string, pid = this.pid): Promise<void> {
    await until(() => {
      const isAsleep = isAsleepIn(call, pid);
      if (isAsleep === undefined) throw new Error(`process ${pid} ended where it was to wait in ${call}`);
      return isAsleep;
    });
  }

  /** Until the program sleeps in a call, or has ended. */
  async sleepsInOrEnds(call: string): Promise<void> {
    await until(() => isAsleepIn(call, this.pid) ?? true);
  }

  blockedInAccept(nth: number): Promise<void> {
    return this.blockedIn('accept', nth);
  }

  /** The child that the nth fork made. Rejects if that fork failed. */
  async child(nth: number): Promise<Pid> {
    const { result, errno = 'no pid' } = await this.returned('fork', nth);
    if (!isPid(result)) throw new Error(`fork of process ${this.pid} failed: ${errno}`);
    return result;
  }

  /** Until a process is stopped. */
  async stopped(pid = this.pid): Promise<void> {
    await until(() => ['stopped', 'zombie'].includes(findProcess(pid)?.state ?? 'zombie'));
    if (findProcess(pid)?.state !== 'stopped') throw new Error(`process ${pid} ended where it was to stop`);
  }

  /** Until a process is a zombie, or gone. */
  async ended(pid: number): Promise<void> {
    await until(() => (findProcess(pid)?.state ?? 'zombie') === 'zombie');
  }

  /** Until there is no process of that number, not even a zombie. Rejects if nobody waits for it. */
  async isGone(pid: number): Promise<void> {
    const deadline = performance.now() + REAPED_MS;
    await until(() => {
      const { state, ppid } = findProcess(pid) ?? {};
      if (state === 'zombie' && performance.now() > deadline) throw new Error(notReaped(pid, ppid));
      return state === undefined;
    });
  }

  get alive(): boolean {
    return (findProcess(this.pid)?.state ?? 'zombie') !== 'zombie';
  }

  /** Until the program itself has ended. */
  async hasExited(): Promise<Ending> {
    return await this.exited;
  }

  /** On its standard input. */
  input(text: string): void {
    this.started.stdin?.write(text);
  }

  /** What a program of its own notes under this name, for the nth time. */
  async noted(name: string, nth = 1): Promise<NoteEvent['value']> {
    const isNote = (event: Event): event is NoteEvent => event.kind === 'note' && event.name === name;
    return (await this.log.waitFor(isNote, nth)).value;
  }

  /** When a handler has run in the program itself, for the nth time. */
  handlerReturned(nth = 1): Promise<Event> {
    return this.log.waitFor(
      (event) => event.kind === 'signal' && event.phase === 'return' && event.pid === this.pid,
      nth,
    );
  }

  /** The nth return of a call, in this process or another of the program. */
  returned(call: string, nth = 1, pid = this.pid): Promise<CallEvent> {
    const isReturn = (event: Event): event is CallEvent =>
      event.kind === 'call' && event.call === call && event.pid === pid;
    return this.log.waitFor(isReturn, nth);
  }

  /** The end of file on its standard input. */
  endInput(): void {
    this.started.stdin?.end();
  }

  /** Ends the program and all its children, and waits for it. */
  async stop(): Promise<void> {
    clearTimeout(this.killTimer);
    this.killGroup();
    await this.exited;
    this.forget();
  }

  private noteWhetherChildrenAreLeft(): void {
    this.signalGroup(0);
  }

  /** Ends the program and all its children at once, without waiting. */
  killGroup(): void {
    this.signalGroup('SIGKILL');
  }

  private signalGroup(signal: NodeJS.Signals | 0): void {
    if (!this.isOver && !signalGroupIfThere(this.pid, signal)) this.isOver = true;
  }
}
