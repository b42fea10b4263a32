import type { Calls } from '../native';
import type { ByteView, Message, MessageBuffers, ReceivedFrom, ReceivedMessage, SocketAddress } from '../types';
import { orThrow } from './or-throw';

/** Sockets beyond read and write: recv(2), send(2) and their kin. */
export interface MessageCalls {
  /**
   * read with flags.
   * @param flags MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, ... or'ed; 0 if left out
   * @returns bytes received (with MSG_TRUNC those that the datagram had); 0 when the other end has closed a stream
   * @throws SyscallError EINTR, EAGAIN, ECONNRESET, ECONNREFUSED (a datagram's), ENOTSOCK, ...
   * @see recv(2), UNP 14.3
   */
  recv(fd: number, buffer: ByteView, flags?: number): number;

  /**
   * write with flags.
   * @param flags MSG_NOSIGNAL, MSG_DONTWAIT, MSG_OOB, ... or'ed; 0 if left out
   * @returns bytes sent, which may be fewer
   * @throws SyscallError EINTR, EAGAIN, EPIPE, ECONNRESET, EMSGSIZE, ...
   * @see send(2), UNP 14.3
   */
  send(fd: number, data: ByteView | string, flags?: number): number;

  /** recv that tells from where. @throws SyscallError as recv. recvfrom(2), UNP 8.2 */
  recvfrom(fd: number, buffer: ByteView, flags?: number): ReceivedFrom;

  /** Sends to an address. @returns bytes sent. @throws SyscallError as send; EISCONN, EDESTADDRREQ. sendto(2), UNP 8.2 */
  sendto(fd: number, data: ByteView | string, flags: number, address: SocketAddress): number;

  /**
   * Receives into several buffers, and control messages beside them: descriptors of another process arrive as
   * `{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds }`, and are this process's from then on.
   * @throws SyscallError as recv
   * @see recvmsg(2), cmsg(3), UNP 15.7
   */
  recvmsg(fd: number, message: MessageBuffers, flags?: number): ReceivedMessage;

  /**
   * Sends several buffers in one call, and control messages beside them. Descriptors go with at least one byte.
   * @returns bytes sent
   * @throws SyscallError as send; EBADF for a descriptor that is not open; ETOOMANYREFS
   * @see sendmsg(2), cmsg(3), UNP 15.7
   */
  sendmsg(fd: number, message: Message, flags?: number): number;
}

export function messageCalls(calls: Calls): MessageCalls {
  return {
    recv: (fd, buffer, flags = 0) => orThrow('recv', calls.recv(fd, buffer, flags), fd, buffer, flags),
    send: (fd, data, flags = 0) => orThrow('send', calls.send(fd, data, flags), fd, data, flags),
    recvfrom: (fd, buffer, flags = 0) => orThrow('recvfrom', calls.recvfrom(fd, buffer, flags), fd, buffer, flags),
    sendto: (fd, data, flags, address) =>
      orThrow('sendto', calls.sendto(fd, data, flags, address), fd, data, flags, address),
    recvmsg: (fd, message, flags = 0) => orThrow('recvmsg', calls.recvmsg(fd, message, flags), fd, message, flags),
    sendmsg: (fd, message, flags = 0) => orThrow('sendmsg', calls.sendmsg(fd, message, flags), fd, message, flags),
  };
}
