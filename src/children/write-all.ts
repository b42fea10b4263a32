import { calls } from '../calls';
import { EAGAIN, EINTR, POLLOUT } from '../constants';
import { SyscallError } from '../errno';

/** In one write(2) at most: more it would not take in one. Bytes. */
const AT_ONCE = 2 ** 30;

/**
 * Writes all of it, however long the reader takes: the caller stands still meanwhile. A descriptor that is not to block, as
 * that of a net.Socket, is waited for by poll(2).
 * @throws SyscallError EPIPE: nobody will read it; EBADF, EIO, ENOSPC
 */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) {
    const written = calls.write(fd, rest, Math.min(rest.length, AT_ONCE));
    if (written >= 0) rest = rest.subarray(written);
    else if (written === -EAGAIN) calls.poll([{ fd, events: POLLOUT }], -1);
    else if (written !== -EINTR) throw new SyscallError('write', written, [fd, rest]);
  }
}
