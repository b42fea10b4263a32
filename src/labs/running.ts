import { calls } from '../calls';
import type { Ending } from '../experiments/observed-program';
import { EventLog } from '../observe/event-log';
import type { Event } from '../observe/events';
import { observe } from '../observe/observe';
import { allProcesses, blockedIn, findProcess } from '../observe/processes';
import { withDescendants } from '../observe/tree';
import type { Observation, OpenFile, ProcessView } from '../observe/types';
import { Client, type Within } from './client';
import type { Plan } from './containment/plan';
import { signalStudent } from './containment/sweep';
import { WardenProcess } from './containment/warden-process';
import { heard } from './heard';
import { type Attempt, Failure, type Finding, type StartOptions, type Student } from './lab';
import { settledLook } from './looks';
import { readEvent } from './student-events';
import type { TracedCalls } from './traced-calls';

/** How much a program may write to standard output and standard error, and as events, in bytes. */
const MOST_OUTPUT = 1 << 20;
const MOST_EVENTS = 16 << 20;

const SIGNALS_ITS_OWN = 'a program that signals processes of its own';

/** What the attempt does for a running program. */
export interface Supervisor {
  readonly within: Within;
  until<Found>(what: string, look: () => Found | undefined | null | false, see?: string): Promise<Found>;
  /** Ends the test at once, whatever it waits for. */
  abort(finding: Finding): void;
}

const ending = ({ status, signal }: Ending): string =>
  signal === null ? `exit status ${status}` : `killed by ${signal}`;

const listens = ({ socket }: OpenFile): boolean => socket?.protocol === 'tcp' && socket.state === 'LISTEN';

/** A student's program that runs, under a warden. */
export class Running implements Student {
  pid = 0;
  stdout = '';
  stderr = '';
  private readonly warden: WardenProcess;
  private readonly log: EventLog | undefined;
  private written = 0;
  private told = 0;
  private hasEnded: Ending | undefined;
  /** The port that it listens on, once that is known. */
  private address: number | undefined;
  private readonly clients: Client[] = [];
  /** The test wants to see its end. */
  private mayEnd = false;

  constructor(
    plan: Plan,
    private readonly options: StartOptions,
    private readonly supervisor: Supervisor,
    private readonly traced?: TracedCalls,
  ) {
    traced?.onData((bytes) => this.heard(bytes));
    this.warden = new WardenProcess(plan, options, {
      started: (pid) => {
        this.pid = pid;
      },
      ended: (how) => {
        this.hasEnded = how;
      },
      tooManyProcesses: (count) =>
        supervisor.abort({
          expected: 'a program with few processes',
          seen: `${count} of them at once`,
          see: 'fork(2)',
        }),
      graderTraced: (by) =>
        supervisor.abort({
          expected: 'a program that lets the grader be',
          seen: `process ${by}, of the program, traces it`,
          see: 'ptrace(2)',
        }),
      lost: (why) =>
        supervisor.abort({
          expected: SIGNALS_ITS_OWN,
          seen: `the process that watches it, its parent, has ended: ${why}`,
          see: 'kill(2)',
        }),
    });
    this.warden.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += this.counted(text);
    });
    this.warden.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += this.counted(text);
    });
    this.warden.events.on('data', (chunk: Buffer) => {
      this.heard(chunk.length);
    });
    if (options.events === true && traced === undefined)
      this.log = new EventLog(this.warden.events, undefined, readEvent);
  }

  private heard(bytes: number): void {
    this.told += bytes;
    if (this.told > MOST_EVENTS) this.floods('system calls', 'events', MOST_EVENTS);
  }

  private counted(text: string): string {
    this.written += text.length;
    if (this.written > MOST_OUTPUT) this.floods('output', 'it', MOST_OUTPUT);
    return text;
  }

  private floods(what: string, of: string, most: number): void {
    // What comes now is not read any more.
    for (const stream of [this.warden.stdout, this.warden.stderr, this.warden.events]) stream?.destroy();
    this.traced?.close();
    this.supervisor.abort({ expected: `a program with little ${what}`, seen: `more than ${most >> 20} MiB of ${of}` });
  }

  /** Until it runs. */
  async started(): Promise<this> {
    await this.supervisor.until('the program is started', () => this.pid > 0);
    const { traced } = this;
    if (traced === undefined) return this;
    const isTraced = (): boolean => traced.isTracing(this.pid) || this.hasEnded !== undefined;
    await this.supervisor.until('strace traces the program', isTraced, 'ptrace(2)');
    return this;
  }

  get events(): readonly Event[] {
    return this.traced?.events ?? this.log?.events ?? [];
  }

  get alive(): boolean {
    return this.hasEnded === undefined && (findProcess(this.pid)?.state ?? 'zombie') !== 'zombie';
  }

  /** How it ended, and what it said. */
  private get lastWords(): string {
    const said = this.stderr.trim() === '' ? this.stdout.trim() : this.stderr.trim();
    const how = this.hasEnded === undefined ? 'no end yet' : ending(this.hasEnded);
    return said === '' ? how : `${how}; it said: ${said.slice(-500)}`;
  }

  /** Where it is now, for a student whose test has run out of time. */
  get whereabouts(): string {
    if (this.hasEnded !== undefined) return `the program has ended: ${this.lastWords}`;
    const { state = 'zombie' } = findProcess(this.pid) ?? {};
    const { call, fd } = blockedIn(this.pid) ?? {};
    if (state !== 'sleeping' || call === undefined) return `the program is ${state}`;
    return `the program is blocked in ${call}${fd === undefined ? '' : `, on descriptor ${fd}`}`;
  }

  async listening(): Promise<number> {
    const what = 'the program listens on a TCP socket';
    return await this.supervisor.until(
      what,
      () => {
        const port = this.portIn(this.observe());
        if (port !== undefined || this.hasEnded === undefined) return port;
        // What it has left may listen yet: a child that has ended its parent, say, and was not scheduled since. Or it has begun
        // to since the first look.
        const atLast = settledLook(() => this.observe());
        if (atLast === undefined) return undefined;
        const late = this.portIn(atLast);
        if (late !== undefined) return late;
        throw new Failure('MISSING', {
          expected: what,
          seen: `the program has ended: ${this.lastWords}`,
          see: 'listen(2)',
        });
      },
      'listen(2)',
    );
  }

  /**
   * Of a process that has stayed. A daemon that the program leaves may listen before the program itself does, and whoever
   * connects to that one waits for an answer that nobody has promised.
   */
  private portIn({ processes, openFiles }: Observation): number | undefined {
    const stayed = processes.filter(({ pid }) => !this.isAway(pid));
    const held = new Set(stayed.flatMap(({ descriptors = [] }) => descriptors.map(({ openFile }) => openFile)));
    const local = openFiles.find((file) => held.has(file.id) && listens(file))?.socket?.local;
    return local !== undefined && 'port' in local ? local.port : undefined;
  }

  async client(): Promise<Client> {
    // A program that listens no more refuses: it need not be looked at again.
    this.address ??= await this.listening();
    const client = await Client.connect(this.address, this.supervisor.within);
    this.clients.push(client);
    return client;
  }

  async ended(): Promise<Ending> {
    this.mayEnd = true;
    const how = await this.supervisor.until('the program ends', () => this.hasEnded);
    await heard();
    return how;
  }

  processes(): ProcessView[] {
    if (this.traced?.isLost(this.pid) === true) {
      const seen = 'strace, which tells its calls, has ended before it';
      this.supervisor.abort({ expected: SIGNALS_ITS_OWN, seen, see: 'kill(2)' });
    }
    const notIts = (pid: number): boolean => pid === this.warden.pid || this.traced?.isTracer(pid) === true;
    return withDescendants(allProcesses(), [this.warden.pid]).filter(({ pid }) => !notIts(pid));
  }

  observe(): Observation {
    return observe(
      this.processes()
        .filter(({ ppid }) => ppid === this.warden.pid)
        .map(({ pid }) => pid),
    );
  }

  zombies(): ProcessView[] {
    // The warden's own it is about to reap.
    return this.processes().filter((one) => this.hasEndedForAll(one) && one.ppid !== this.warden.pid);
  }

  children(of = this.pid): ProcessView[] {
    // Orphans are the warden's: it is their reaper.
    const isOf = ({ pid, ppid }: ProcessView): boolean =>
      ppid === of || (of === this.pid && ppid === this.warden.pid && pid !== this.pid);
    return this.processes().filter((one) => isOf(one) && !this.hasEndedForAll(one));
  }

  /** Its parent can know of it: what is traced, its tracer has first. ptrace(2) */
  private hasEndedForAll({ pid, state }: ProcessView): boolean {
    return state === 'zombie' && this.traced?.holds(pid) !== true;
  }

  signal(signal: NodeJS.Signals, pid = this.pid): void {
    this.mayEnd = true;
    const isHere = this.processes().some((one) => one.pid === pid);
    if (isHere && signalStudent(pid, signal)) return;
    throw new Failure('BAD', { expected: `process ${pid} lives, and is sent ${signal}`, seen: this.lastWords });
  }

  input(text: string): void {
    this.warden.stdin?.write(text);
  }

  endInput(): void {
    this.warden.stdin?.end();
  }

  /** Whether a process has gone into a session that is not the program's, which leads one: its number is its own. */
  private isAway(pid: number): boolean {
    const session = calls.getsid(pid);
    return session >= 0 && session !== this.pid; // -1: it has ended meanwhile
  }

  /** What no program is to do, whatever the test was about: get away from whoever started it. */
  async expectGoodManners({ bad }: Pick<Attempt, 'bad'>): Promise<void> {
    if (this.warden.isHeld) {
      const seen = 'the process that watches it, its parent, was stopped';
      bad({ expected: SIGNALS_ITS_OWN, seen, see: 'kill(2), ptrace(2)' });
    }
    // The kernel knows of its end before the warden has told of it.
    if (!this.alive && !this.mayEnd) await this.supervisor.until('the end of the program is told', () => this.hasEnded);
    const processes = this.processes().filter(({ state }) => state !== 'zombie');
    if (this.hasEnded !== undefined && !this.mayEnd && processes.length > 0) {
      const expected = 'a program that stays for as long as its children work for it';
      bad({ expected, seen: `${this.lastWords}; ${processes.length} of its processes are left` });
    }
    const away = processes.filter(({ pid }) => this.isAway(pid));
    if (away.length > 0) {
      const seen = `${away.map(({ pid }) => pid).join(', ')}: a session of its own`;
      bad({ expected: 'a program that leaves no daemon', seen, see: 'setsid(2)' });
    }
  }

  /** Ends it and all that came of it. @returns what could not be ended */
  async stop(): Promise<readonly number[]> {
    for (const client of this.clients) client.destroy();
    const left = await this.warden.stop();
    this.options.terminal?.hangUp();
    return left;
  }
}
