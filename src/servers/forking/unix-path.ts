import { type BigIntStats, lstatSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  AF_UNIX,
  EADDRINUSE,
  ECONNREFUSED,
  LOCK_EX,
  LOCK_NB,
  O_CLOEXEC,
  O_DIRECTORY,
  O_RDONLY,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../constants';
import { SyscallError } from '../../errno';
import type { SocketAddress } from '../../types';
import type { SystemCalls } from './surroundings';

/**
 * The path of a Unix socket: bind(2) makes it, nobody removes it by itself, and a server that was killed leaves it behind.
 * Taken over is a socket that nobody has open any more, and nothing else; removed at the end is what bind made.
 */

/** A path that bind has made. */
export interface OwnPath {
  /** As it is from the root: the program may change its directory. */
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

type UnixAddress = Extract<SocketAddress, { path: string }>;

/** A path in the file system: an abstract name begins with a zero byte, and without a name the kernel gives such a one. */
export function isPath(address: SocketAddress): address is UnixAddress {
  return 'path' in address && address.path !== '' && !address.path.startsWith('\0');
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return 'symbolic link';
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'regular file';
  if (stats.isFIFO()) return 'FIFO';
  return 'device';
}

/**
 * Whether the path is a socket that nobody has open. Only ECONNREFUSED says so: EAGAIN is a server with a full backlog,
 * EPROTOTYPE one of datagrams, and EACCES says nothing. unix(7)
 */
function isStale({ c }: SystemCalls, address: UnixAddress): boolean {
  const probe = c.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe === -1) return false;
  const isRefused = c.connect(probe, address) === -1 && c.errno() === ECONNREFUSED;
  c.close(probe);
  return isRefused;
}

/** One try to have the lock, and how many there are: one who has it needs microseconds. */
const TRY_MS = 5;
const TRIES = 200;

/**
 * Runs `run` while no other server of this kind is at a path of the same directory:
 *
 *   A: bind                                   the socket is there, and nobody listens yet
 *   B:       bind EADDRINUSE, connect ECONNREFUSED: stale?   unlink, bind, listen
 *   A:                                                                              listen: at no path
 *
 * A directory that may not be read, or that somebody else keeps locked, is used without the lock.
 */
export function withDirectory<Result>({ c, calls }: SystemCalls, path: string, run: () => Result): Result {
  const directory = c.open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory === -1) return run();
  try {
    for (let tries = 0; tries < TRIES && c.flock(directory, LOCK_EX | LOCK_NB) === -1; ++tries) calls.poll([], TRY_MS);
    return run();
  } finally {
    c.close(directory); // and the lock with it
  }
}

/** Why a path cannot be taken: there is something that stays. */
function taken(fd: number, address: UnixAddress): SyscallError {
  const stats = lstatSync(address.path, { bigint: true, throwIfNoEntry: false });
  const what = stats === undefined || stats.isSocket() ? undefined : `A ${kindOf(stats)} is there, and it stays`;
  return new SyscallError(
    'bind',
    EADDRINUSE,
    [fd, address],
    what ?? 'A socket is there that is in use: choose another path',
  );
}

/** bind(2), which takes over what a server has left behind. Call it, and listen, within withDirectory. */
export function bindPath(system: SystemCalls, fd: number, address: UnixAddress): OwnPath | undefined {
  const { c } = system;
  let bound = c.bind(fd, address);
  if (bound === -1 && c.errno() === EADDRINUSE) {
    const stats = lstatSync(address.path, { bigint: true, throwIfNoEntry: false });
    if (stats?.isSocket() && isStale(system, address)) unlinkSync(address.path);
    else if (stats !== undefined) throw taken(fd, address);
    bound = c.bind(fd, address);
    if (bound === -1 && c.errno() === EADDRINUSE) throw taken(fd, address);
  }
  if (bound === -1) throw new SyscallError('bind', c.errno(), [fd, address]);
  return ownPath(address.path);
}

/** The path as it is now. */
export function ownPath(path: string): OwnPath | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isSocket() ? { path: resolve(path), dev: stats.dev, ino: stats.ino } : undefined;
}

/** Why a path is left behind: its directory is not for the user that the server has become. */
export interface LeftBehind {
  /** "EACCES" */
  readonly code: string;
  readonly text: string;
}

/**
 * Removes it if it is still the one that bind made. Call it while the socket is open: the kernel gives its inode's number
 * to nobody else until then.
 */
export function unlinkOwn({ path, dev, ino }: OwnPath): void {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found?.dev === dev && found.ino === ino) unlinkSync(path);
}

/** unlinkOwn at the end of a server. @returns why it is left behind, if it is */
export function removeOwn(system: SystemCalls, own: OwnPath): LeftBehind[] {
  try {
    withDirectory(system, own.path, () => unlinkOwn(own));
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return [{ code, text: message }];
  }
}
