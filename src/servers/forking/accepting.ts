import { SyscallError } from '../../errno';
import { acceptFailure } from './accept-errors';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import type { System } from './surroundings';

/**
 * A connection, or why there is none: 'none', as the client has gone, or 'no room', which has been told.
 * @throws SyscallError what accept(2) gives for a mistake
 */
export function acceptFrom({ c }: System, { fd }: Listener, journal: Journal): number | 'none' | 'no room' {
  const connfd = c.accept(fd);
  if (connfd !== -1) return connfd;
  const errno = c.errno();
  switch (acceptFailure(errno)) {
    case 'passing':
      return 'none';
    case 'exhausted':
      journal.error('accept', errno);
      return 'no room';
    case 'fatal':
      throw new SyscallError('accept', -errno, [fd]);
  }
}
