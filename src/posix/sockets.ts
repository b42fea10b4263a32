import type { Calls } from '../native';
import type { Linger, LingerOption, SocketAddress, SocketOptionValue, Timeval, TimevalOption } from '../types';
import { orThrow } from './or-throw';

/** Sockets: socket(2), bind(2), listen(2), accept(2), connect(2) and their kin. */
export interface SocketCalls {
  /**
   * @param domain AF_INET, AF_INET6 or AF_UNIX
   * @param type SOCK_STREAM, SOCK_DGRAM, ...
   * @param protocol 0, the usual one of that type, if left out
   * @throws SyscallError EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, ENFILE, ...
   * @see socket(2), UNP 4.2
   */
  socket(domain: number, type: number, protocol?: number): number;

  /** Gives a socket its local address. @throws SyscallError EADDRINUSE, EADDRNOTAVAIL, EACCES, ... bind(2), UNP 4.4 */
  bind(fd: number, address: SocketAddress): void;

  /**
   * Makes a socket a listening one.
   * @param backlog connections that may wait for accept; the system has a limit of its own (SOMAXCONN)
   * @throws SyscallError EADDRINUSE, EOPNOTSUPP, ...
   * @see listen(2), UNP 4.5
   */
  listen(fd: number, backlog: number): void;

  /**
   * Waits for a connection. getpeername(connfd) tells whose it is.
   * @returns connfd
   * @throws SyscallError EINTR, EAGAIN (SO_RCVTIMEO, O_NONBLOCK), ECONNABORTED, EMFILE, ENFILE, ...; on Linux
   *   also errors that were pending on the new connection (EPROTO, ENETDOWN, ...)
   * @see accept(2), UNP 4.6
   */
  accept(listenfd: number): number;

  /** accept with SOCK_CLOEXEC, SOCK_NONBLOCK or'ed for connfd. @throws SyscallError as accept; EINVAL. accept4(2) */
  accept4(listenfd: number, flags: number): number;

  /** @throws SyscallError ECONNREFUSED, ETIMEDOUT, EINTR (the connection goes on being made), ... connect(2), UNP 4.3 */
  connect(fd: number, address: SocketAddress): void;

  /** @param how SHUT_RD, SHUT_WR or SHUT_RDWR. @throws SyscallError ENOTCONN, ... shutdown(2), UNP 6.6 */
  shutdown(fd: number, how: number): void;

  /** @returns the local address. @throws SyscallError ENOTSOCK, ... getsockname(2), UNP 4.10 */
  getsockname(fd: number): SocketAddress;

  /** @returns the address of the other end. @throws SyscallError ENOTCONN, ... getpeername(2), UNP 4.10 */
  getpeername(fd: number): SocketAddress;

  /**
   * @param level SOL_SOCKET, IPPROTO_TCP, ...
   * @returns a Timeval, a Linger, or the option's int
   * @throws SyscallError ENOPROTOOPT, ...
   * @see getsockopt(2), UNP 7
   */
  getsockopt(fd: number, level: number, option: TimevalOption): Timeval;
  getsockopt(fd: number, level: number, option: LingerOption): Linger;
  getsockopt(fd: number, level: number, option: number): number;

  /** Sets what getsockopt tells; an on-off option takes a boolean too. @throws SyscallError ENOPROTOOPT, EINVAL, EDOM, ... */
  setsockopt(fd: number, level: number, option: TimevalOption, value: Timeval): void;
  setsockopt(fd: number, level: number, option: LingerOption, value: Linger): void;
  setsockopt(fd: number, level: number, option: number, value: number | boolean): void;

  /** @returns two sockets that are connected. @throws SyscallError EOPNOTSUPP, EMFILE, ... socketpair(2), UNP 15.3 */
  socketpair(domain: number, type: number, protocol?: number): [number, number];
}

export function socketCalls(calls: Calls): SocketCalls {
  function getsockopt(fd: number, level: number, option: TimevalOption): Timeval;
  function getsockopt(fd: number, level: number, option: LingerOption): Linger;
  function getsockopt(fd: number, level: number, option: number): number;
  function getsockopt(fd: number, level: number, option: number): number | Timeval | Linger {
    const value = orThrow('getsockopt', calls.getsockopt(fd, level, option), fd, level, option);
    return typeof value === 'object' && 'value' in value ? value.value : value;
  }
  return {
    socket: (domain, type, protocol = 0) =>
      orThrow('socket', calls.socket(domain, type, protocol), domain, type, protocol),
    bind: (fd, address) => void orThrow('bind', calls.bind(fd, address), fd, address),
    listen: (fd, backlog) => void orThrow('listen', calls.listen(fd, backlog), fd, backlog),
    accept: (listenfd) => orThrow('accept', calls.accept(listenfd), listenfd),
    accept4: (listenfd, flags) => orThrow('accept4', calls.accept4(listenfd, flags), listenfd, flags),
    connect: (fd, address) => void orThrow('connect', calls.connect(fd, address), fd, address),
    shutdown: (fd, how) => void orThrow('shutdown', calls.shutdown(fd, how), fd, how),
    getsockname: (fd) => orThrow('getsockname', calls.getsockname(fd), fd),
    getpeername: (fd) => orThrow('getpeername', calls.getpeername(fd), fd),
    getsockopt,
    setsockopt: (fd: number, level: number, option: number, value: SocketOptionValue) =>
      void orThrow('setsockopt', calls.setsockopt(fd, level, option, value), fd, level, option, value),
    socketpair: (domain, type, protocol = 0) =>
      orThrow('socketpair', calls.socketpair(domain, type, protocol), domain, type, protocol),
  };
}
