import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../constants';
import { acceptFailure } from './accept-errors';
import type { Journal } from './journal';
import { closeListeners, type Listener, openListeners } from './listeners';
import { answer, type ServerStatus } from './status';
import type { System } from './surroundings';
import type { Successor } from './takeover';

/** Who asks has so long to do it. The server waits for nobody meanwhile. Milliseconds. */
const PATIENCE_MS = 1000;
/** More wait in the backlog, as long as that. */
const MOST = 16;
const BACKLOG = 16;

/** Somebody who asks, or the socket that they come by. */
interface Asker {
  readonly fd: number;
  readonly asks: 'status';
  /** Until when; undefined of the socket. */
  readonly until?: number;
}

/** A Unix socket on which the server says how it is. It never blocks: the clients of the service come first. */
export class StatusSocket {
  private listener: Listener | undefined;
  private askers: readonly Required<Asker>[] = [];
  /** It could not accept: until then it does not try again. */
  private pausedUntil = 0;

  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly status: () => ServerStatus,
  ) {}

  /** @throws SyscallError EADDRINUSE, EACCES, ... */
  open(path: string, successor: Successor | undefined): void {
    [this.listener] = openListeners(this.system, [{ family: AF_UNIX, path }], BACKLOG, successor);
  }

  /** For a program that takes over. */
  get listeners(): readonly Listener[] {
    return this.listener === undefined ? [] : [this.listener];
  }

  /** All that is its own, and nothing to a child. */
  get descriptors(): readonly { readonly fd: number }[] {
    return [...this.listeners, ...this.askers];
  }

  /** What it waits for. */
  get waitsFor(): readonly Asker[] {
    const isOpen = this.askers.length < MOST && this.system.now() >= this.pausedUntil;
    return [...(isOpen ? this.listeners : []).map(({ fd }): Asker => ({ fd, asks: 'status' })), ...this.askers];
  }

  /** When something is to be done by time; Infinity: never. */
  get deadline(): number {
    const resume = this.pausedUntil > this.system.now() ? this.pausedUntil : Number.POSITIVE_INFINITY;
    return Math.min(resume, ...this.askers.map(({ until }) => until));
  }

  /** Those that have said nothing in their time are left. */
  tend(): void {
    const now = this.system.now();
    for (const { fd, until } of this.askers) if (until <= now) this.leave(fd);
  }

  /** That is readable. */
  heard({ fd, until }: Asker): void {
    if (until === undefined) this.accept(fd);
    else this.answer(fd);
  }

  /** Its path stays where a program has taken over. */
  close(): void {
    for (const { fd } of this.askers) this.leave(fd);
    const { listeners } = this;
    this.listener = undefined;
    closeListeners(this.system, listeners);
  }

  handOver(): void {
    for (const { fd } of this.descriptors) this.system.c.close(fd);
    this.listener = undefined;
    this.askers = [];
  }

  private accept(listenfd: number): void {
    const { c, now } = this.system;
    const fd = c.accept4(listenfd, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd === -1) {
      if (acceptFailure(c.errno()) === 'passing') return;
      this.journal.error('accept4', c.errno());
      this.pausedUntil = now() + PATIENCE_MS;
      return;
    }
    this.askers = [...this.askers, { fd, asks: 'status', until: now() + PATIENCE_MS }];
  }

  /** Its first line is all in one piece, or is taken for what it is. */
  private answer(fd: number): void {
    const { c } = this.system;
    const buffer = Buffer.alloc(4096);
    const count = c.recv(fd, buffer, MSG_DONTWAIT);
    if (count >= 0) {
      const [request = ''] = buffer.toString('latin1', 0, count).split('\n');
      c.send(fd, answer(request, this.status()), MSG_DONTWAIT | MSG_NOSIGNAL); // who has gone does not want it
    }
    this.leave(fd);
  }

  private leave(fd: number): void {
    this.askers = this.askers.filter((one) => one.fd !== fd);
    this.system.c.close(fd);
  }
}
