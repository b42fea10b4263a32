import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_DGRAM } from '../../constants';
import type { SocketAddress } from '../../types';
import type { SystemCalls } from './surroundings';

/**
 * The service manager that has started this process, if it wants to be told of its state: NOTIFY_SOCKET. The variable is
 * taken out of the environment, as children have nothing to tell. sd_notify(3)
 */
export class Supervisor {
  /** As NOTIFY_SOCKET had it, for a program that takes over. */
  readonly path: string | undefined;
  private readonly address: SocketAddress | undefined;

  constructor(
    private readonly system: SystemCalls,
    private readonly complain: (error: unknown) => void,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    const { NOTIFY_SOCKET: path } = environment;
    delete environment['NOTIFY_SOCKET'];
    if (path === undefined || !/^[/@]/.test(path)) return; // vsock: of a virtual machine's own
    this.path = path;
    this.address = { family: AF_UNIX, path: path.replace(/^@/, '\0') };
  }

  ready(): void {
    this.tell('READY=1');
  }

  /** Followed by ready(). MONOTONIC_USEC is CLOCK_MONOTONIC, as process.hrtime() is. */
  reloading(): void {
    this.tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    this.tell('STOPPING=1');
  }

  /** Another process is the service from now on. */
  mainPid(pid: number): void {
    this.tell(`MAINPID=${pid}`);
  }

  /** Does not wait for a manager that does not read: the service goes first. */
  private tell(...lines: readonly string[]): void {
    const { address } = this;
    const { c, posix } = this.system;
    if (address === undefined) return;
    try {
      const fd = posix.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      try {
        posix.sendto(fd, lines.join('\n'), MSG_DONTWAIT | MSG_NOSIGNAL, address);
      } finally {
        c.close(fd);
      }
    } catch (error) {
      this.complain(error);
    }
  }
}
