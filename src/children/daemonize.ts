import { fstatSync, ftruncateSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { resolve } from 'node:path';
import { calls } from '../calls';
import { checkNumber, checkText, outOfRange } from '../checked';
import {
  AF_UNIX,
  EAGAIN,
  LOCK_EX,
  LOCK_NB,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  STDERR_FILENO,
  STDIN_FILENO,
  STDOUT_FILENO,
} from '../constants';
import { fork } from '../fork/fork';
import { forkWhenIdle } from '../fork/when-idle';
import { native } from '../native';
import { checkOptions } from '../options';
import { orThrow } from '../posix/or-throw';
import { holdStandardDescriptors } from '../standard-descriptors';
import { waitpidAsync } from '../waitpid-async';
import { flushOutput, ParentLink } from './child-side';
import { readingSocket } from './forked-child';
import { type FrameKind, FrameReader } from './frames';
import { dropInChildren } from './own-ends';
import { replaceStream } from './standard-streams';
import { receivedError, type Thrown } from './thrown';

export interface DaemonOptions {
  /** Its working directory. Default: "/", so that no file system is kept mounted. */
  readonly cwd?: string;
  /** Its file mode creation mask. Default: 0o022. */
  readonly umask?: number;
  /** Holds its process ID, and a lock as long as it lives: a second daemon is refused. Removed at its end. */
  readonly pidfile?: string;
  /** Files to which its standard output and error are appended. Default: nowhere. */
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A file of the daemon's, opened by who starts it: its errors are told on the terminal. */
interface Files {
  readonly stdout: number;
  readonly stderr: number;
  readonly pidfile: number | undefined;
}

function opened(path: string, flags: number): number {
  return orThrow('open', calls.open(path, flags | O_CLOEXEC, 0o644), path, flags);
}

/** The daemon that held the lock may have removed the file meanwhile: then another file has this name, or none. */
function isStillThere(fd: number, path: string): boolean {
  return fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino;
}

/** @throws Error ERR_DAEMON_RUNNING; SyscallError EACCES, ENOENT, ... */
function lockedPidfile(path: string): number {
  for (;;) {
    const fd = opened(path, O_RDWR | O_CREAT);
    const locked = calls.flock(fd, LOCK_EX | LOCK_NB);
    if (locked === 0 && isStillThere(fd, path)) return fd;
    const holder = readFileSync(fd, 'utf8').trim();
    calls.close(fd);
    if (locked === 0) continue;
    if (locked !== -EAGAIN) orThrow('flock', locked, fd, LOCK_EX | LOCK_NB);
    throw Object.assign(new Error(`realfork: the daemon is running already: process ${holder} has ${path} locked`), {
      code: 'ERR_DAEMON_RUNNING',
      pid: Number(holder),
    });
  }
}

function openFiles({ stdout = devNull, stderr = devNull, pidfile }: DaemonOptions): Files {
  const fds: number[] = [];
  const open = (fd: number): number => {
    fds.push(fd);
    return fd;
  };
  try {
    return {
      stdout: open(opened(stdout, O_WRONLY | O_CREAT | O_APPEND)),
      stderr: open(opened(stderr, O_WRONLY | O_CREAT | O_APPEND)),
      pidfile: pidfile === undefined ? undefined : open(lockedPidfile(pidfile)),
    };
  } catch (error) {
    for (const fd of fds) calls.close(fd);
    throw error;
  }
}

function closeFiles(files: Files): void {
  for (const fd of Object.values(files)) if (fd !== undefined) calls.close(fd);
}

/** The lock is the daemon's, and not of children that outlive it. */
function keepPidfile(fd: number, path: string): void {
  const daemon = native.getpid();
  ftruncateSync(fd);
  writeSync(fd, `${daemon}\n`);
  dropInChildren(() => calls.close(fd));
  process.on('exit', () => {
    if (native.getpid() === daemon) rmSync(path, { force: true });
  });
}

/** In the daemon. */
function settle(files: Files, { cwd = '/', umask = 0o022, pidfile }: DaemonOptions): void {
  const path = pidfile === undefined ? undefined : resolve(pidfile);
  calls.umask(umask);
  orThrow('chdir', calls.chdir(cwd), cwd);
  if (files.pidfile !== undefined && path !== undefined) keepPidfile(files.pidfile, path);
  const stdin = opened(devNull, O_RDONLY);
  for (const [from, to] of [
    [stdin, STDIN_FILENO],
    [files.stdout, STDOUT_FILENO],
    [files.stderr, STDERR_FILENO],
  ] as const) {
    orThrow('dup2', calls.dup2(from, to), from, to);
    calls.close(from);
  }
  replaceStream(STDOUT_FILENO);
  replaceStream(STDERR_FILENO);
}

/** In the first child: a session of its own, and a child that leads none, and so is given no terminal by opening one. */
function becomeDaemon(ofDaemon: number, files: Files, options: DaemonOptions): void {
  const link = new ParentLink(ofDaemon);
  try {
    orThrow('setsid', calls.setsid());
    if (orThrow('fork', fork()) > 0) native._exit(0);
    settle(files, options);
    link.send('value', native.getpid());
    calls.close(ofDaemon);
  } catch (error) {
    link.sendError('fatal', error);
    native._exit(1);
  }
}

/** In the process that was started: until the daemon is there, or says why it is not. */
function word(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let outcome: { readonly error?: unknown } = {
      error: new Error('realfork: the daemon has ended before it was ready'),
    };
    const reader = new FrameReader((kind: FrameKind, value) => {
      outcome = kind === 'value' ? {} : { error: receivedError(value as Thrown, []) };
    });
    const socket = readingSocket(fd, (chunk) => reader.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => ('error' in outcome ? reject(outcome.error) : resolve()));
  });
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
function check(options: DaemonOptions): void {
  checkOptions('daemonize', 'options', options, ['cwd', 'umask', 'pidfile', 'stdout', 'stderr']);
  for (const name of ['cwd', 'pidfile', 'stdout', 'stderr'] as const) {
    if (options[name] !== undefined) checkText('daemonize', `options.${name}`, options[name]);
  }
  const { umask } = options;
  if (umask === undefined) return;
  checkNumber('daemonize', 'options.umask', umask);
  if (!Number.isInteger(umask) || umask < 0 || umask > 0o777) {
    throw outOfRange('daemonize', 'options.umask', 'from 0 to 0o777', umask);
  }
}

/**
 * Goes on in the background: in a process that has neither a terminal nor the parent that started this one. The process that
 * calls it ends by _exit(2) with status 0, when the daemon is ready; where there can be none the promise is rejected there.
 *
 * The daemon goes on behind `await daemonize()`, with the memory and the event loop of this process.
 * @returns in the daemon only
 * @throws (rejects with) Error ERR_DAEMON_RUNNING, with the `pid` that has the pidfile locked; SyscallError of what could not
 *   be opened or entered; what forkWhenIdle() throws; TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE
 * @see daemon(3), setsid(2), flock(2), APUE 13.3, TLPI 37
 */
export async function daemonize(options: DaemonOptions = {}): Promise<void> {
  check(options);
  holdStandardDescriptors();
  const files = openFiles(options);
  let pair: [number, number] | undefined;
  try {
    pair = orThrow('socketpair', calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC));
    const [ofParent, ofDaemon] = pair;
    const pid = await forkWhenIdle();
    if (pid === 0) {
      calls.close(ofParent);
      becomeDaemon(ofDaemon, files, options);
      return;
    }
    calls.close(ofDaemon);
    pair = undefined;
    const [daemon] = await Promise.allSettled([word(ofParent), waitpidAsync(pid)]);
    if (daemon.status === 'rejected') throw daemon.reason;
  } catch (error) {
    for (const fd of pair ?? []) calls.close(fd);
    closeFiles(files);
    throw error;
  }
  await flushOutput();
  native._exit(0);
}
