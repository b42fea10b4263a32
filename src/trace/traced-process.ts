import type { HandlerSet } from './seen';

/** What is known of a process beside what its threads do. */
export class TracedProcess {
  /** By signal: whether it has a handler, as far as was seen. */
  readonly handled: Map<string, HandlerSet>;
  /** By descriptor: addresses of sockets, and whether they listen. */
  private readonly sockets: Map<string, { readonly address: string; readonly listens: boolean }>;
  /** True if it is known which handlers it had at some time: none after exec, or those that were told. */
  isKnown: boolean;
  exiting: { readonly status: number; readonly t: number; readonly order: number } | undefined;
  hasEnded = false;

  constructor(
    readonly pid: number,
    parent?: TracedProcess,
  ) {
    this.handled = new Map(parent?.handled);
    this.sockets = new Map(parent?.sockets);
    this.isKnown = parent?.isKnown ?? false;
  }

  /** @param signals that it has handlers for, and no others */
  catches(signals: readonly string[]): void {
    this.isKnown = true;
    for (const signal of signals) this.handled.set(signal, 'set');
  }

  /** exec resets handlers, and nothing else. signal(7) */
  exec(): void {
    this.isKnown = true;
    for (const signal of this.handled.keys()) this.handled.set(signal, 'none');
  }

  /**
   * A socket has an address: bind says which is asked for, and getsockname which it is.
   * @returns true if it listens, and was not known by this address
   */
  named(fd: string, address: string): boolean {
    const known = this.sockets.get(fd);
    const listens = known?.listens ?? false;
    this.sockets.set(fd, { address, listens });
    return listens && known?.address !== address;
  }

  /** @returns the address, if it is known */
  listens(fd: string): string | undefined {
    const socket = this.sockets.get(fd);
    if (socket !== undefined) this.sockets.set(fd, { ...socket, listens: true });
    return socket?.address;
  }
}
