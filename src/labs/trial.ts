import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cgroupRemoved, killCgroup, makeCgroups } from './containment/cgroup';
import { EVENTS, LIMITS } from './containment/plan';
import type { User } from './containment/user';
import {
  type Attempt,
  DEFAULT_SECONDS,
  Failure,
  type Finding,
  type LabTest,
  type Line,
  type StartOptions,
} from './lab';
import { afterPatience } from './patience';
import { Running, type Supervisor } from './running';
import { type CommandLine, type Submission, withPaths } from './submission';
import { TracedCalls } from './traced-calls';

const CLI = join(__dirname, '..', 'cli', 'main.js');

/** So a shell starts a command: it looks for its first word in PATH. */
const SHELL: readonly string[] = ['/bin/sh', '-c', 'exec "$@"', 'sh'];
/** The same; and what a C program prints is there at the end of each line, as on a terminal. stdbuf(1), where that is */
const SHELL_BY_LINES: readonly string[] = [
  ...['/bin/sh', '-c', 'command -v stdbuf > /dev/null && set -- stdbuf -oL "$@"; exec "$@"', 'sh'],
];

/** Between two looks at what the kernel sends no word of, in milliseconds. */
const LOOK_AGAIN_MS = 4;

/** Of the environment of the grader what a program is given: the rest is nobody else's. */
const HANDED_ON: readonly string[] = ['PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'USER', 'TERM'];
/** It prints at once, and writes nothing beside its files. */
const OF_PYTHON = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };

/** One test of one program, from its start until nothing is left of it. */
export class Trial implements Attempt, Supervisor {
  readonly lines: Line[] = [];
  /** The grader's own: a program that moves its directory has it here still. */
  private readonly outer = mkdtempSync(join(tmpdir(), 'realfork-lab-'));
  readonly directory = join(this.outer, 'run');
  private readonly programs: Running[] = [];
  private readonly cgroups: string[] = [];
  private readonly traces: TracedCalls[] = [];
  /** Why the test is over; until then what waits. */
  private over: ((what: string, see: string | undefined) => Failure) | undefined;
  private readonly waiting = new Set<() => void>();
  /** Why the test was ended from outside. */
  private why: Finding | undefined;

  /** @param user whom the program runs as; as this process, if not said */
  constructor(
    private readonly submission: Submission,
    private readonly user: User | undefined,
  ) {
    mkdirSync(this.directory);
    if (user === undefined) return;
    chmodSync(this.outer, 0o711); // the user is to get to the directory in it
    chownSync(this.directory, user.uid, user.gid);
  }

  // Properties and not methods: tests take them out of the attempt by name.
  readonly start = async (args: readonly string[] = ['0'], options: StartOptions = {}): Promise<Running> => {
    const { events = false, inject = [] } = options;
    const isTraced = this.submission.kind === 'command' && (events || inject.length > 0);
    const traced = isTraced ? this.traced() : undefined;
    const words = this.words(args, options, traced);
    return await this.launch(words, this.directory, options, traced);
  };

  /** Builds it, where the submission says how. @returns how that ended, and what was said */
  readonly build = async (command: CommandLine, directory: string): Promise<Running> => {
    const words =
      typeof command === 'string' ? ['/bin/sh', '-c', command] : [...SHELL, ...withPaths(command, directory)];
    return await this.launch(words, directory, {});
  };

  private traced(): TracedCalls {
    const traced = new TracedCalls(this.outer, this.user);
    this.traces.push(traced);
    return traced;
  }

  /** What a program is started as: as a user does it, but that its calls are told. */
  private words(
    args: readonly string[],
    { events = false, inject = [] }: StartOptions,
    traced: TracedCalls | undefined,
  ): string[] {
    const { submission } = this;
    switch (submission.kind) {
      case 'file': {
        const how = [...(events ? ['--events', String(EVENTS)] : []), ...inject.flatMap((rule) => ['--inject', rule])];
        return [process.execPath, CLI, 'run', ...how, submission.file, ...args];
      }
      case 'command': {
        const run = [...SHELL_BY_LINES, ...withPaths(submission.run, submission.directory), ...args];
        return traced === undefined ? run : [...SHELL, ...traced.command(run, inject)];
      }
      case 'unusable':
        throw new Failure(submission.line.verdict === 'MISSING' ? 'MISSING' : 'BAD', submission.line);
    }
  }

  private async launch(
    command: readonly string[],
    directory: string,
    options: StartOptions,
    traced?: TracedCalls,
  ): Promise<Running> {
    const { descriptors = LIMITS.descriptors, env = {}, terminal } = options;
    const handedOn = HANDED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const cgroups = makeCgroups(LIMITS.processes);
    this.cgroups.push(...cgroups);
    const program = new Running(
      {
        command,
        env: { ...Object.fromEntries(handedOn), HOME: this.directory, TMPDIR: this.directory, ...OF_PYTHON, ...env },
        directory,
        around: this.outer,
        limits: { ...LIMITS, descriptors },
        cgroups,
        user: this.user,
        hasTerminal: terminal !== undefined,
        hasEvents: this.submission.kind === 'file',
      },
      options,
      this,
      traced,
    );
    this.programs.push(program);
    return await program.started();
  }

  readonly good = (expected: string): void => {
    this.lines.push({ verdict: 'GOOD', expected });
  };

  readonly bad = (finding: Finding): void => {
    this.lines.push({ verdict: 'BAD', ...finding });
  };

  readonly missing = (finding: Finding): void => {
    this.lines.push({ verdict: 'MISSING', ...finding });
  };

  readonly expect = (holds: boolean, finding: Finding): void => {
    if (holds) this.good(finding.expected);
    else this.bad(finding);
  };

  readonly until = async <Found>(
    what: string,
    look: () => Found | undefined | null | false,
    see?: string,
  ): Promise<Found> => {
    for (;;) {
      if (this.over !== undefined) throw this.over(what, see);
      const before = performance.now();
      const found = look();
      if (found !== undefined && found !== null && found !== false) return found;
      // A look at many processes takes its time: the program is to have more of the processor than those who look.
      await delay(Math.max(LOOK_AGAIN_MS, 3 * (performance.now() - before)));
    }
  };

  readonly within = <Value>(what: string, promise: Promise<Value>, see?: string): Promise<Value> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        if (this.over !== undefined) reject(this.over(what, see));
      };
      this.waiting.add(stop);
      promise.then(resolve, reject).finally(() => this.waiting.delete(stop));
      stop();
    });

  /** Ends the test at once, whatever it waits for. A test that is over already has this beside what it found. */
  abort(finding: Finding): void {
    this.why ??= finding;
    this.end(() => new Failure('BAD', finding));
  }

  private end(why: (what: string, see: string | undefined) => Failure): void {
    if (this.over !== undefined) return;
    this.over = why;
    for (const stop of [...this.waiting]) stop();
  }

  /** Performs a test, unless it is interrupted. Rejects with the signal's reason then. */
  async performUnless(signal: AbortSignal | undefined, test: LabTest, seconds?: number): Promise<readonly Line[]> {
    const abort = (): void => this.abort({ expected: 'the check is not interrupted' });
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    await this.perform(test, seconds);
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
    return this.lines;
  }

  /** Runs the test, and ends all that it has started. @param seconds what it may take */
  private async perform(test: LabTest, seconds = test.seconds ?? DEFAULT_SECONDS): Promise<void> {
    const giveUp = afterPatience(seconds * 1000, () => {
      const where = this.programs.map(({ whereabouts }) => `; ${whereabouts}`).join('');
      this.end((what, see) => {
        const finding = { expected: what, seen: `time-out: not within the ${seconds} s of this test${where}` };
        return new Failure('BAD', see === undefined ? finding : { ...finding, see });
      });
    });
    try {
      await test.run(this);
      // A program may have gone too far while nobody waited for anything.
      if (this.over !== undefined) throw this.over('the test ends', undefined);
      for (const program of this.programs) await program.expectGoodManners(this);
    } catch (error) {
      this.note(error);
    } finally {
      giveUp();
      await this.clean();
      this.noteWhy();
    }
  }

  /** It may be known only after the test has failed of what came of it. */
  private noteWhy(): void {
    const { why } = this;
    if (why !== undefined && !this.lines.some(({ seen }) => seen === why.seen)) this.bad(why);
  }

  private note(error: unknown): void {
    if (error instanceof Failure) this.lines.push({ verdict: error.verdict, ...error.finding });
    else this.bad({ expected: 'the grader can look at the program', seen: String(error) });
  }

  private async clean(): Promise<void> {
    for (const cgroup of this.cgroups) killCgroup(cgroup);
    const left = (await Promise.all(this.programs.map((program) => program.stop()))).flat();
    if (left.length > 0)
      this.bad({ expected: 'no process is left', seen: `these cannot be ended: ${left.join(', ')}` });
    else await Promise.all(this.cgroups.map(cgroupRemoved));
    for (const traced of this.traces) traced.close();
    rmSync(this.outer, { recursive: true, force: true });
  }
}
