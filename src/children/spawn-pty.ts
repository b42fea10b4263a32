import { PassThrough } from 'node:stream';
import { ReadStream } from 'node:tty';
import { calls } from '../calls';
import { checkArray, checkNumber, checkRecord, checkText, outOfRange, wrongType } from '../checked';
import { AF_UNIX, EIO, SOCK_CLOEXEC, SOCK_STREAM } from '../constants';
import { errnoName, SyscallError } from '../errno';
import { type ForkSettings, forkAs, forkSettings } from '../fork/fork';
import { dropHandle } from '../fork/handles';
import { IGNORED_BY_NODE } from '../fork/listeners';
import { checkSignal, whenIdle, withoutPatience } from '../fork/when-idle';
import { forkpty } from '../forkpty';
import { type NegativeErrno, native } from '../native';
import { checkOptions } from '../options';
import { orThrow } from '../posix/or-throw';
import { str2sig } from '../signal-names';
import { type Pid, pidOf } from '../signalling';
import type { ForkedPty, WaitResult } from '../types';
import { waitpidAsync } from '../waitpid-async';
import { ParentLink } from './child-side';
import { readingSocket } from './forked-child';
import { FrameReader } from './frames';
import { signalChild } from './kill-child';
import { dropInChildren } from './own-ends';
import { receivedError, type Thrown } from './thrown';

export interface SpawnPtyOptions {
  /** Characters. Default: 24. */
  readonly rows?: number;
  /** Characters. Default: 80. */
  readonly cols?: number;
  /** Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: this process's. */
  readonly cwd?: string;
  /** Ends the wait for the fork. */
  readonly signal?: AbortSignal;
}

/** A program in a terminal of its own. */
export class PtyProcess {
  /** What the program writes to its terminal. Its end comes when nobody has the terminal open any more. */
  readonly output = new PassThrough();
  /** What waitpid(2) gives, when it has been reaped. */
  readonly ended: Promise<WaitResult>;
  private readonly terminal: ReadStream;

  /** @param name the path of the terminal @param master the descriptor of its other side */
  constructor(
    readonly pid: Pid,
    readonly name: string,
    master: number,
  ) {
    const { output } = this;
    this.terminal = new ReadStream(master);
    this.terminal.pipe(output, { end: false });
    this.terminal.on('error', (error: NodeJS.ErrnoException) => {
      // Where nobody has the other side open Linux answers EIO, and not 0 as at the end of a file.
      if (error.code !== errnoName(EIO)) output.destroy(error);
    });
    const keep = dropInChildren(() => dropHandle(this.terminal));
    this.terminal.once('close', () => {
      keep();
      output.end();
    });
    this.ended = waitpidAsync(pid);
  }

  /** As if it were typed. @returns false: the program reads more slowly than this is written */
  write(data: string | Uint8Array): boolean {
    return this.terminal.write(data);
  }

  /**
   * Signals the program, if it has not been reaped.
   * @param signal by its name; SIGHUP if left out, as from a terminal that is closed
   * @throws TypeError ERR_INVALID_ARG_TYPE
   */
  kill(signal: NodeJS.Signals = 'SIGHUP'): void {
    const signo = str2sig(String(signal).replace(/^SIG/, ''));
    if (signo === undefined) throw wrongType('kill', 'signal', 'the name of a signal', signal);
    signalChild(this.pid, signo);
  }
}

interface Program {
  readonly file: string;
  readonly argv: readonly string[];
  readonly winsize: { readonly ws_row: number; readonly ws_col: number };
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd: string | undefined;
}

/** The C library's as well, which execvp(3) has: it is changed through process.env, name by name. */
function replaceEnvironment(env: NonNullable<Program['env']>): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
}

/** In the child. @returns if it must: what has failed */
function becomeProgram({ file, argv, env, cwd }: Program): SyscallError {
  const reset = native.defaultSignals(IGNORED_BY_NODE, []); // what is ignored stays so in the next program
  if (reset < 0) return new SyscallError('sigaction', reset);
  const entered = cwd === undefined ? 0 : calls.chdir(cwd);
  if (entered < 0) return new SyscallError('chdir', entered, [cwd]);
  if (env !== undefined) replaceEnvironment(env);
  return new SyscallError('execvp', calls.execvp(file, argv), [file, argv]);
}

/** Closed by execve(2), in the child: then the program runs. Else it brings the error. */
function word(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let told: { readonly error: unknown } | undefined;
    const reader = new FrameReader((_kind, error) => {
      told = { error: receivedError(error as Thrown, []) };
    });
    const socket = readingSocket(fd, (chunk) => reader.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => (told === undefined ? resolve() : reject(told.error)));
  });
}

const KNOWN = ['rows', 'cols', 'env', 'cwd', 'signal'];

/** The largest that struct winsize takes. */
const MOST = 2 ** 16 - 1;

function checkSize(argument: string, value: unknown): asserts value is number {
  checkNumber('spawnPty', argument, value);
  if (!Number.isInteger(value) || value < 1 || value > MOST) {
    throw outOfRange('spawnPty', argument, `a whole number from 1 to ${MOST}`, value);
  }
}

function check(file: string, args: readonly string[], options: SpawnPtyOptions): Program {
  checkText('spawnPty', 'file', file);
  checkArray('spawnPty', 'args', args);
  for (const [at, arg] of args.entries()) checkText('spawnPty', `args[${at}]`, arg);
  checkOptions('spawnPty', 'options', options, KNOWN);
  const { rows = 24, cols = 80, env, cwd, signal } = options;
  checkSize('options.rows', rows);
  checkSize('options.cols', cols);
  checkSignal('spawnPty', signal);
  if (cwd !== undefined) checkText('spawnPty', 'options.cwd', cwd);
  if (env !== undefined) {
    checkRecord('spawnPty', 'options.env', env);
    for (const [name, value] of Object.entries(env)) {
      if (value !== undefined) checkText('spawnPty', `options.env.${name.slice(0, 40)}`, value);
    }
  }
  return { file, argv: [file, ...args], winsize: { ws_row: rows, ws_col: cols }, env, cwd };
}

/** The child has become the program, or has told why not, when this returns. */
function forkProgram(
  settings: ForkSettings,
  program: Program,
  ends: readonly [number, number],
): ForkedPty | NegativeErrno {
  const forked = forkpty({ ...calls, fork: () => forkAs(settings) }, program.winsize);
  if (typeof forked === 'number' || forked.pid !== 0) return forked;
  const error = becomeProgram(program);
  new ParentLink(ends[1]).sendError('fatal', error);
  return native._exit(127);
}

/**
 * Starts a program in a terminal of its own: it behaves as for a person, with colours, prompts and job control.
 * @param file looked for along PATH
 * @returns when the program runs
 * @throws (rejects with) SyscallError ENOENT, EACCES of execvp(3); of chdir(2), openpty(3); what forkWhenIdle() throws;
 *   TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE
 * @see forkpty(3), execvp(3), pty(7), TLPI 64
 */
export async function spawnPty(
  file: string,
  args: readonly string[] = [],
  options: SpawnPtyOptions = {},
): Promise<PtyProcess> {
  const program = check(file, args, options);
  const settings = withoutPatience(forkSettings('spawnPty', {}));
  const started: { pty?: PtyProcess; said?: Promise<void> } = {};
  await whenIdle('spawnPty', options.signal, () => {
    const ends = orThrow('socketpair', calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC));
    const [ofParent, ofChild] = ends;
    let forked: ForkedPty | NegativeErrno = -1;
    try {
      forked = forkProgram(settings, program, ends);
    } finally {
      calls.close(ofChild);
      if (typeof forked === 'number') calls.close(ofParent);
    }
    if (typeof forked === 'number') return forked;
    started.said = word(ofParent);
    started.pty = new PtyProcess(pidOf(forked.pid, 'a program'), forked.name, forked.master);
    return forked.pid;
  });
  const { pty, said } = started;
  if (pty === undefined) throw new Error('a fork without a child');
  try {
    await said;
  } catch (error) {
    pty.output.resume();
    await pty.ended;
    throw error;
  }
  return pty;
}
