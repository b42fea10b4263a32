import { SOCK_CLOEXEC } from '../../constants';
import { SyscallError } from '../../errno';
import { acceptFailure } from './accept-errors';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import type { System } from './surroundings';

/**
 * So many failures in a row that each are of a client that has gone are something else: a connection that a security
 * module refuses stays queued, and ppoll gives it again at once.
 */
const MOST_IN_A_ROW = 100;

/** Takes connections. */
export class Acceptor {
  private inARow = 0;

  constructor(
    private readonly system: System,
    private readonly journal: Journal,
  ) {}

  /**
   * A connection, which no program that a child starts inherits, and which blocks: accept4 does not hand on O_NONBLOCK
   * of the listener, on FreeBSD either. Or why there is none: 'none', as the client has gone, or 'no room', which was told.
   * @throws SyscallError what accept(2) gives for a mistake
   */
  acceptFrom({ fd }: Listener): number | 'none' | 'no room' {
    const { c } = this.system;
    const connfd = c.accept4(fd, SOCK_CLOEXEC);
    if (connfd === -1) return this.failed(fd, c.errno());
    this.succeeded();
    return connfd;
  }

  /** A connection was accepted, here or elsewhere. */
  succeeded(): void {
    this.inARow = 0;
  }

  /**
   * accept4 has failed, here or elsewhere. @returns and @throws as acceptFrom
   */
  failed(fd: number, errno: number): 'none' | 'no room' {
    const failure = acceptFailure(errno);
    if (failure === 'fatal') throw new SyscallError('accept4', -errno, [fd, SOCK_CLOEXEC]);
    this.inARow += 1;
    if (failure === 'passing' && this.inARow < MOST_IN_A_ROW) return 'none';
    this.journal.error('accept', errno);
    return 'no room';
  }
}
