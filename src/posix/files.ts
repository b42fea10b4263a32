import type { Calls } from '../native';
import type { Flock, FoundFlock, GetLockCommand, SetLockCommand } from '../types';
import { orThrow } from './or-throw';

/** fcntl(2). */
export interface FileCalls {
  /**
   * What is known of a descriptor, of its open file description, or of a lock on its file; or changes it.
   *
   * | cmd                                | arg                   | gives                         |
   * | ---------------------------------- | --------------------- | ----------------------------- |
   * | F_GETFD, F_SETFD                   | FD_CLOEXEC or 0       | flags of the descriptor       |
   * | F_GETFL, F_SETFL                   | O_NONBLOCK, O_APPEND  | flags of the description      |
   * | F_DUPFD, F_DUPFD_CLOEXEC           | the lowest to be used | another descriptor for it     |
   * | F_SETLK, F_SETLKW                  | Flock                 | 0                             |
   * | F_GETLK                            | Flock                 | what is in its way, or F_UNLCK |
   * | F_GETPIPE_SZ, F_SETPIPE_SZ (Linux) | bytes                 | bytes                         |
   *
   * F_SETLKW waits for the lock. F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW (Linux) are of the description.
   * @throws SyscallError EACCES or EAGAIN (F_SETLK: another has it), EDEADLK, EINTR (F_SETLKW), EBADF, EMFILE,
   *   EINVAL (also for every command that is not named here)
   * @see fcntl(2), UNP 7.11, UNPv2 9
   */
  fcntl(fd: number, cmd: GetLockCommand, arg: Flock): FoundFlock;
  fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  fcntl(fd: number, cmd: number, arg?: number): number;
}

export function fileCalls(calls: Calls): FileCalls {
  function fcntl(fd: number, cmd: GetLockCommand, arg: Flock): FoundFlock;
  function fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  function fcntl(fd: number, cmd: number, arg?: number): number;
  function fcntl(fd: number, cmd: number, arg?: number | Flock): number | FoundFlock {
    return orThrow('fcntl', calls.fcntl(fd, cmd, arg), fd, cmd, ...(arg === undefined ? [] : [arg]));
  }
  return { fcntl };
}
