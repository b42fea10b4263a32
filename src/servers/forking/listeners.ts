import { rmSync } from 'node:fs';
import {
  AF_INET6,
  AF_UNIX,
  EADDRINUSE,
  ECONNREFUSED,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../constants';
import { SyscallError } from '../../errno';
import type { Posix } from '../../posix';
import type { SocketAddress } from '../../types';
import { adopt, type ListenAt } from './adopting';
import type { Successor } from './takeover';

export interface Listener {
  readonly fd: number;
  /** With the port that it got. */
  readonly address: SocketAddress;
  /** What was asked for. */
  readonly place: ListenAt;
  /** Another has made it: its path is not this server's to remove. */
  readonly isAdopted?: true;
}

/** A path in the file system, which bind makes and nobody removes by itself. */
function pathOf(address: SocketAddress): string | undefined {
  return 'path' in address && !address.path.startsWith('\0') ? address.path : undefined;
}

function failsWith(errno: number, run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof SyscallError && error.errno === -errno) return true;
    throw error;
  }
}

/** Whether nobody listens any more on the socket that has left this path behind. */
function isStale(posix: Posix, address: SocketAddress): boolean {
  const probe = posix.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    return failsWith(ECONNREFUSED, () => posix.connect(probe, address));
  } finally {
    posix.close(probe);
  }
}

function bind(posix: Posix, fd: number, address: SocketAddress): void {
  const path = pathOf(address);
  const isTaken = path !== undefined && failsWith(EADDRINUSE, () => posix.bind(fd, address));
  if (isTaken && isStale(posix, address)) rmSync(path);
  if (path === undefined || isTaken) posix.bind(fd, address);
}

/**
 * It does not block: between ppoll, which says that a client is there, and accept the client may go (UNP 16.6). And
 * IPv6 is IPv6 only, so that a server can have both wildcards.
 */
function open(posix: Posix, address: SocketAddress, backlog: number): Listener {
  const fd = posix.socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    if (address.family !== AF_UNIX) posix.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.family === AF_INET6) posix.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    bind(posix, fd, address);
    posix.listen(fd, backlog);
    return { fd, address: posix.getsockname(fd), place: address };
  } catch (error) {
    posix.close(fd);
    throw error;
  }
}

/** Why a path is left behind: its directory is not for the user that the server has become. */
interface LeftBehind {
  /** "EACCES" */
  readonly code: string;
  readonly text: string;
}

function removePath(path: string): LeftBehind[] {
  try {
    rmSync(path, { force: true });
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return [{ code, text: message }];
  }
}

/** Closes them, and removes the paths that they have made. @returns what could not be removed */
export function closeListeners(posix: Posix, listeners: readonly Listener[]): LeftBehind[] {
  return listeners.flatMap(({ fd, address, isAdopted }) => {
    posix.close(fd);
    const path = isAdopted ? undefined : pathOf(address);
    return path === undefined ? [] : removePath(path);
  });
}

/** All of them, or none. @throws SyscallError */
export function openListeners(
  posix: Posix,
  places: readonly ListenAt[],
  backlog: number,
  successor?: Successor,
): Listener[] {
  const listeners: Listener[] = [];
  try {
    for (const place of places) {
      const handed = successor?.take(place);
      if (handed !== undefined) listeners.push({ ...handed, place, ...('fd' in place ? { isAdopted: true } : {}) });
      else if ('fd' in place) listeners.push({ ...adopt(posix, place.fd), place, isAdopted: true });
      else listeners.push(open(posix, place, backlog));
    }
  } catch (error) {
    closeListeners(posix, listeners);
    throw error;
  }
  return listeners;
}
