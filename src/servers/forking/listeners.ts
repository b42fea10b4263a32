import {
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SHUT_RDWR,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../constants';
import type { SocketAddress } from '../../types';
import { adopt, type ListenAt } from './adopting';
import type { SystemCalls } from './surroundings';
import type { Successor } from './takeover';
import {
  bindPath,
  isPath,
  type LeftBehind,
  type OwnPath,
  ownPath,
  removeOwn,
  unlinkOwn,
  withDirectory,
} from './unix-path';

export interface Listener {
  readonly fd: number;
  /** With the port that it got. */
  readonly address: SocketAddress;
  /** What was asked for. */
  readonly place: ListenAt;
  /** What is to be removed when it is closed: not of a socket that another has made. */
  readonly own?: OwnPath | undefined;
}

function bindAndListen(system: SystemCalls, fd: number, address: SocketAddress, backlog: number): OwnPath | undefined {
  const { posix } = system;
  if (!isPath(address)) {
    posix.bind(fd, address);
    posix.listen(fd, backlog);
    return undefined;
  }
  return withDirectory(system, address.path, () => {
    const own = bindPath(system, fd, address);
    try {
      posix.listen(fd, backlog);
    } catch (error) {
      if (own !== undefined) unlinkOwn(own);
      throw error;
    }
    return own;
  });
}

/**
 * It does not block: between ppoll, which says that a client is there, and accept the client may go (UNP 16.6). And
 * IPv6 is IPv6 only, so that a server can have both wildcards.
 */
function open(system: SystemCalls, address: SocketAddress, backlog: number): Listener {
  const { c, posix } = system;
  const fd = posix.socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    if (address.family !== AF_UNIX) posix.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.family === AF_INET6) posix.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    const own = bindAndListen(system, fd, address, backlog);
    return { fd, address: posix.getsockname(fd), place: address, own };
  } catch (error) {
    c.close(fd);
    throw error;
  }
}

/**
 * Nobody can connect from here on, though children have them too: a queue that is nobody's would answer clients. Not of a socket
 * that somebody else has made, who may go on with it. FreeBSD: ENOTCONN, perhaps; then it is their last child that ends it.
 */
export function endListening({ c }: SystemCalls, listeners: readonly Listener[]): void {
  for (const { fd, place } of listeners) if (!('fd' in place)) c.shutdown(fd, SHUT_RDWR);
}

/** Closes them, and removes the paths that they have made. @returns what could not be removed */
export function closeListeners(system: SystemCalls, listeners: readonly Listener[]): LeftBehind[] {
  return listeners.flatMap(({ fd, own }) => {
    const left = own === undefined ? [] : removeOwn(system, own);
    system.c.close(fd);
    return left;
  });
}

/** The path that the server before has made, and hands over with its socket. */
const pathOf = (address: SocketAddress): OwnPath | undefined => (isPath(address) ? ownPath(address.path) : undefined);

/** All of them, or none. @throws SyscallError */
export function openListeners(
  system: SystemCalls,
  places: readonly ListenAt[],
  backlog: number,
  successor?: Successor,
): Listener[] {
  const { posix } = system;
  const listeners: Listener[] = [];
  try {
    for (const place of places) {
      const handed = successor?.take(place);
      if (handed !== undefined) listeners.push({ ...handed, place, own: 'fd' in place ? undefined : pathOf(place) });
      else if ('fd' in place) listeners.push({ ...adopt(posix, place.fd), place });
      else listeners.push(open(system, place, backlog));
    }
  } catch (error) {
    closeListeners(system, listeners);
    throw error;
  }
  return listeners;
}

export function listenerAt(listeners: readonly Listener[], index: number): Listener {
  const listener = listeners[index];
  if (listener === undefined) throw new Error(`there is no listener ${index}`);
  return listener;
}
