import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EINTR, ENOSYS, EPERM, F_SETLKW, F_UNLCK, F_WRLCK, O_CREAT, O_EXCL, O_RDWR } from '../../constants';
import type { Unp } from '../../unp/wrappers';

/** What a child has of the lock around accept: my_lock_wait and my_lock_release of UNP 30.7. */
export interface AcceptLock {
  readonly wait: () => void;
  readonly release: () => void;
}

/** my_lock_init: made in the parent, before the first fork. */
export interface SharedAcceptLock {
  /** For the child at this place, in that child. */
  readonly inChild: (place: number) => AcceptLock;
  /** In the parent: the child at this place has died, perhaps with the lock. */
  readonly died?: (place: number, pid: number) => void;
}

/** UNP 30.6: all children are blocked in accept, and the kernel wakes one of them. */
export function noLock(): SharedAcceptLock {
  return { inChild: () => ({ wait: () => {}, release: () => {} }) };
}

/**
 * A file in memory, for which no directory has to be writable; where there is none (FreeBSD, an old kernel) or where it is
 * not allowed (a container's seccomp profile), one in the temporary directory, whose name is removed at once.
 */
function fileWithoutName({ getpid, memfd_create, Open, errno, err_sys }: Unp): number {
  const fd = memfd_create('realfork-lock');
  if (fd !== -1) return fd;
  if (errno() !== ENOSYS && errno() !== EPERM) err_sys('memfd_create error');
  // Not by node:crypto: a program that has loaded it pays for that with every fork.
  const path = join(tmpdir(), `realfork-lock-${getpid()}-${process.hrtime.bigint()}`);
  const lock_fd = Open(path, O_CREAT | O_EXCL | O_RDWR, 0o600);
  rmSync(path, { force: true }); /* but lock_fd remains open */
  return lock_fd;
}

/**
 * UNP 30.7: fcntl(2) on a file that has no name. A child that dies with the lock leaves nothing to mend: the kernel
 * releases it.
 */
export function fcntlLock(unp: Unp): SharedAcceptLock {
  const { fcntl, errno, err_sys } = unp;
  const lock_fd = fileWithoutName(unp);

  const wait = (): void => {
    while (fcntl(lock_fd, F_SETLKW, { l_type: F_WRLCK }) === -1) {
      if (errno() !== EINTR) err_sys('fcntl error for my_lock_wait');
    }
  };
  const release = (): void => {
    if (fcntl(lock_fd, F_SETLKW, { l_type: F_UNLCK }) === -1) err_sys('fcntl error for my_lock_release');
  };
  return { inChild: () => ({ wait, release }) };
}
