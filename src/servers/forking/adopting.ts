import {
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  SO_ACCEPTCONN,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../constants';
import { describeAddress } from '../../describe';
import type { Posix } from '../../posix';
import type { SocketAddress } from '../../types';

/** A socket that listens already: a service manager has made it, and started this program with it. */
export interface Descriptor {
  readonly fd: number;
}

/** Where to listen: at an address, or on a socket that is there. */
export type ListenAt = SocketAddress | Descriptor;

/** "127.0.0.1:0", "fd:3": what was asked for, where the address is what came of it. */
export const placeInWords = (place: ListenAt): string => ('fd' in place ? `fd:${place.fd}` : describeAddress(place));

/**
 * Whoever else holds the socket is concerned as well by that it does not block, since that is of the open file description.
 * @throws SyscallError EBADF, ENOTSOCK; Error it does not listen, or not for a stream
 */
export function adopt(posix: Posix, fd: number): { readonly fd: number; readonly address: SocketAddress } {
  const isStream = posix.getsockopt(fd, SOL_SOCKET, SO_TYPE) === SOCK_STREAM;
  if (!isStream || posix.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 1) {
    throw new Error(`descriptor ${fd} is no stream socket that listens: with systemd, Accept=no and ListenStream=`);
  }
  posix.fcntl(fd, F_SETFD, FD_CLOEXEC);
  posix.fcntl(fd, F_SETFL, posix.fcntl(fd, F_GETFL) | O_NONBLOCK);
  return { fd, address: posix.getsockname(fd) };
}

/** The first descriptor that a service manager passes: SD_LISTEN_FDS_START. sd_listen_fds(3) */
const FIRST = 3;

/**
 * The sockets that a service manager has started this process with: LISTEN_FDS of them, if LISTEN_PID is this process. The
 * variables are taken out of the environment, as they are nobody else's. sd_listen_fds(3)
 */
export function passedByManager(environment: NodeJS.ProcessEnv = process.env): Descriptor[] {
  const { LISTEN_FDS, LISTEN_PID } = environment;
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete environment[name];
  if (Number(LISTEN_PID) !== process.pid || !/^\d+$/.test(LISTEN_FDS ?? '')) return [];
  return Array.from({ length: Number(LISTEN_FDS) }, (_none, nth) => ({ fd: FIRST + nth }));
}
