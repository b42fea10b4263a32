import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { calls } from '../../calls';
import { O_CLOEXEC } from '../../constants';
import { orThrow } from '../../posix/or-throw';
import { isPid, type Pid, signalIfThere } from '../../signalling';
import { SHOWN } from './calls';

/** strace(1) as a process of its own: what it is asked for, and the pipe that its log comes through. */

/** Why there is nothing to trace with, in one line that says what to do. */
export class NoTracer extends Error {
  override readonly name = 'NoTracer';
}

const INSTALL =
  'apt-get install strace (Debian, Ubuntu), dnf install strace (Fedora), pacman -S strace (Arch), apk add strace (Alpine)';

/** The first line that strace has about itself: "strace: ptrace(PTRACE_SEIZE): Operation not permitted" without its name. */
function reasonOf(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.startsWith('strace: ')) ?? stderr.split('\n')[0] ?? '';
  return line.replace(/^strace: /, '');
}

/**
 * Finds strace, and has it trace a program that ends at once: itself.
 *
 * @returns "strace 6.1"
 * @throws {NoTracer} it is not there, or may not trace
 */
export function findStrace(): string {
  if (process.platform !== 'linux') {
    throw new NoTracer(
      `realfork trace reads strace, which ${process.platform} has not. A log of another machine: --from FILE`,
    );
  }
  const args = ['-f', '-e', 'trace=none', '-o', '/dev/null', '--', 'strace', '-V'];
  const { error, status, stdout, stderr } = spawnSync('strace', args, { encoding: 'utf8' });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    throw new NoTracer(`there is no strace, which traces programs. Install it: ${INSTALL}`);
  }
  if (error !== undefined) throw error;
  if (status !== 0) {
    throw new NoTracer(
      `strace may not trace here: ${reasonOf(stderr)}. A container must allow it (docker run --cap-add=SYS_PTRACE); ` +
        'a program that is traced already cannot be traced twice',
    );
  }
  return `strace ${/version (\S+)/.exec(stdout)?.[1] ?? ''}`.trim();
}

/** What is to be traced: a command, or a process that runs. */
export type Target = { readonly command: readonly [string, ...string[]] } | { readonly attach: Pid };

/** "?": a name that this architecture does not have is no mistake. */
const namesOf = (calls: readonly string[]): string => calls.map((name) => `?${name}`).join(',');

/** How its log is to be, for the reader. @param all each call, and not only those that are shown where nobody asks */
export function logOptions(all: boolean, output: string): string[] {
  const set = all ? [] : ['-e', `trace=${namesOf(SHOWN)}`];
  return ['-f', '-ttt', '-T', '-y', ...set, '-o', output];
}

/** Calls of programs that are several of the kernel's. */
const OF_KERNEL: Readonly<Record<string, readonly string[]>> = {
  fork: ['fork', 'vfork', 'clone'],
  accept: ['accept', 'accept4'],
  waitpid: ['waitpid', 'wait4'],
};

/** Has calls of the program fail. @param rule "fork:error=EAGAIN:when=2", as `realfork run --inject` takes it: injected-errors.ts */
export function injectOption(rule: string): string[] {
  const [call = '', ...how] = rule.split(':');
  return ['-e', `inject=${[namesOf(OF_KERNEL[call] ?? [call]), ...how].join(':')}`];
}

function optionsFor(target: Target, all: boolean, output: string): string[] {
  const what = 'command' in target ? ['--', ...target.command] : ['-p', String(target.attach)];
  return [...logOptions(all, output), ...what];
}

/** How strace ended: as the command did, by its status or by its signal. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The threads that a process has now. */
export function threadsOf(pid: Pid): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/**
 * strace with its log in a pipe. It opens the pipe by its place in /proc, so that no descriptor of it is passed on: those of the
 * program that is traced are its own.
 */
export class Strace {
  private readonly child: ChildProcess;
  private readonly log: Socket;
  private closeOurs: (() => void) | undefined;
  /** What strace said of itself, of an attached process: of a command that is the command's standard error. */
  private said = '';
  /** Whether it has come to the process that it was to attach to. */
  isAttached = false;

  /**
   * @param take is given the log as it comes
   * @param attached is called when the process that it was to attach to is traced
   */
  constructor(target: Target, all: boolean, take: (chunk: Buffer) => void, attached: () => void = () => {}) {
    const [reading, writing] = orThrow('pipe2', calls.pipe2(O_CLOEXEC), O_CLOEXEC);
    this.log = new Socket({ fd: reading, readable: true, writable: false });
    this.closeOurs = () => void calls.close(writing);
    this.log.on('data', (chunk: Buffer) => {
      this.opened();
      take(chunk);
    });
    const output = `/proc/${process.pid}/fd/${writing}`;
    const stderr = 'command' in target ? 'inherit' : 'pipe';
    this.child = spawn('strace', optionsFor(target, all, output), { stdio: ['inherit', 'inherit', stderr] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
      if (this.isAttached || !/^strace: Process \d+ attached/m.test(this.said)) return;
      this.isAttached = true;
      attached();
    });
  }

  /** Why it could not do what it was asked for, as far as it said. */
  get reason(): string {
    return reasonOf(this.said);
  }

  /** Until strace is there. @throws {Error} it could not be started: ENOENT, EAGAIN */
  async started(): Promise<void> {
    try {
      await once(this.child, 'spawn');
    } catch (error) {
      this.opened();
      this.log.destroy();
      throw error;
    }
  }

  /** Its end, and that of its log. */
  async ended(): Promise<Ended> {
    const logged = once(this.log, 'close');
    const ended = await new Promise<Ended>((resolve) => {
      this.child.once('close', (status: number | null, signal: NodeJS.Signals | null) => resolve({ status, signal }));
    });
    this.opened();
    await logged;
    return ended;
  }

  /** Has it let go of a process that it was attached to. */
  letGo(): void {
    const { pid, exitCode, signalCode } = this.child;
    const isThere = exitCode === null && signalCode === null; // Node has not reaped it
    if (isThere && isPid(pid)) signalIfThere(pid, 'SIGINT');
  }

  /** strace has its own descriptor of the pipe, or will have none: ours would keep the log from ending. */
  private opened(): void {
    const close = this.closeOurs;
    this.closeOurs = undefined;
    close?.();
  }
}
