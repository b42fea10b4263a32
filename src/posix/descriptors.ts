import type { Calls } from '../native';
import type { ByteView } from '../types';
import { orThrow } from './or-throw';

/** Descriptors: close(2), read(2), write(2), pipe(2), dup(2). */
export interface DescriptorCalls {
  /**
   * Closes a descriptor. What it referred to ends with the last descriptor, here or in another process.
   * @throws SyscallError EBADF, EIO; EINTR (on Linux the descriptor is closed all the same: do not
   *   call again); Error ERR_DESCRIPTOR_OF_NODE for one that Node's event loop needs
   * @see close(2), UNP 4.9
   */
  close(fd: number): void;

  /**
   * Reads up to `count` bytes, all that `buffer` holds if left out, into its beginning.
   * @returns bytes read; 0 at the end of file
   * @throws SyscallError EINTR, EAGAIN, EBADF, ECONNRESET, ...; RangeError if `count` is past the buffer
   * @see read(2)
   */
  read(fd: number, buffer: ByteView, count?: number): number;

  /**
   * Writes the first `count` bytes of `data`, all of it if left out; text goes as UTF-8.
   * @returns bytes written, which may be fewer
   * @throws SyscallError EINTR, EAGAIN, EBADF, EPIPE (Node ignores SIGPIPE), ...
   * @see write(2)
   */
  write(fd: number, data: ByteView | string, count?: number): number;

  /** @returns the end to read from and the end to write to. @throws SyscallError EMFILE, ENFILE. pipe(2) */
  pipe(): [readfd: number, writefd: number];

  /** pipe with flags of open(2): O_CLOEXEC, O_NONBLOCK or'ed. @throws SyscallError EINVAL, EMFILE, ENFILE. pipe2(2) */
  pipe2(flags: number): [readfd: number, writefd: number];

  /**
   * Reads into several buffers, one after the other.
   * @returns bytes read; 0 at the end of file
   * @throws SyscallError as read; EINVAL for more than IOV_MAX buffers
   * @see readv(2), UNP 14.4
   */
  readv(fd: number, iov: readonly ByteView[]): number;

  /** Writes several buffers in one call. @returns bytes written. @throws SyscallError as write; EINVAL. writev(2), UNP 14.4 */
  writev(fd: number, iov: readonly (ByteView | string)[]): number;

  /** @returns another, lowest possible descriptor for the same open file description. @throws EBADF, EMFILE. dup(2) */
  dup(fd: number): number;

  /**
   * Makes `newfd` refer to the same open file description as `oldfd`, having closed what it was before.
   * @returns newfd
   * @throws SyscallError EBADF; Error ERR_DESCRIPTOR_OF_NODE if newfd is one that Node's event loop needs
   * @see dup2(2)
   */
  dup2(oldfd: number, newfd: number): number;

  /** dup2 with O_CLOEXEC. @throws SyscallError EINVAL (also if both are the same), EBADF; as dup2. dup3(2) */
  dup3(oldfd: number, newfd: number, flags: number): number;
}

export function descriptorCalls(calls: Calls): DescriptorCalls {
  return {
    close: (fd) => void orThrow('close', calls.close(fd), fd),
    read: (fd, buffer, count) => orThrow('read', calls.read(fd, buffer, count), fd, buffer),
    write: (fd, data, count) => orThrow('write', calls.write(fd, data, count), fd, data),
    pipe: () => orThrow('pipe', calls.pipe()),
    pipe2: (flags) => orThrow('pipe2', calls.pipe2(flags), flags),
    readv: (fd, iov) => orThrow('readv', calls.readv(fd, iov), fd, iov),
    writev: (fd, iov) => orThrow('writev', calls.writev(fd, iov), fd, iov),
    dup3: (oldfd, newfd, flags) => orThrow('dup3', calls.dup3(oldfd, newfd, flags), oldfd, newfd, flags),
    dup: (fd) => orThrow('dup', calls.dup(fd), fd),
    dup2: (oldfd, newfd) => orThrow('dup2', calls.dup2(oldfd, newfd), oldfd, newfd),
  };
}
