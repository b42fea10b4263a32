import type { Calls } from '../native';
import type { Flock, FoundFlock, GetLockCommand, SetLockCommand } from '../types';
import { orThrow } from './or-throw';

/** Files and directories: open(2), lseek(2), mkfifo(3), umask(2), chdir(2), and locks: flock(2), fcntl(2). */
export interface FileCalls {
  /**
   * Opens a file. A FIFO waits for its other end (without O_NONBLOCK).
   * @param flags O_RDONLY, O_WRONLY or O_RDWR, or'ed with O_CREAT, O_CLOEXEC, ...
   * @param mode of a file that it makes: 0o666 if left out; umask takes from it
   * @returns the lowest descriptor that is free
   * @throws SyscallError ENOENT, EACCES, EEXIST, EINTR (a FIFO), ENXIO, EMFILE, ...
   * @see open(2), fifo(7)
   */
  open(path: string, flags: number, mode?: number): number;

  /**
   * Moves the offset of the open file description, which descriptors that were copied or inherited share.
   * @param offset bytes from `whence`: SEEK_SET, SEEK_CUR, SEEK_END
   * @returns the new offset, in bytes from the beginning
   * @throws SyscallError ESPIPE (a pipe, a socket), EINVAL, EBADF
   * @see lseek(2)
   */
  lseek(fd: number, offset: number, whence: number): number;

  /**
   * Locks the whole file for the open file description, which children share; waits, but for LOCK_NB.
   * @param operation LOCK_SH, LOCK_EX or LOCK_UN, or'ed with LOCK_NB
   * @throws SyscallError EWOULDBLOCK (LOCK_NB), EINTR, EBADF, EINVAL
   * @see flock(2)
   */
  flock(fd: number, operation: number): void;

  /** Makes a FIFO. @param mode 0o666 if left out. @throws SyscallError EEXIST, ENOENT, EACCES, ... mkfifo(3), UNPv2 4.6 */
  mkfifo(path: string, mode?: number): void;

  /** Sets which bits files and directories are made without. @returns the mask that was. umask(2) */
  umask(mask: number): number;

  /** @throws SyscallError ENOENT, ENOTDIR, EACCES, ... Node's own idea of process.cwd() follows. chdir(2) */
  chdir(path: string): void;

  /** chdir by a descriptor. @throws SyscallError EBADF, ENOTDIR, EACCES. fchdir(2) */
  fchdir(fd: number): void;

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
  return {
    open: (path, flags, mode) => orThrow('open', calls.open(path, flags, mode), path, flags),
    lseek: (fd, offset, whence) => orThrow('lseek', calls.lseek(fd, offset, whence), fd, offset, whence),
    flock: (fd, operation) => void orThrow('flock', calls.flock(fd, operation), fd, operation),
    mkfifo: (path, mode) => void orThrow('mkfifo', calls.mkfifo(path, mode), path),
    umask: (mask) => calls.umask(mask),
    chdir: (path) => void orThrow('chdir', calls.chdir(path), path),
    fchdir: (fd) => void orThrow('fchdir', calls.fchdir(fd), fd),
    fcntl,
  };
}
