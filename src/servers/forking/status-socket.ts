import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../constants';
import { acceptFailure } from './accept-errors';
import type { Journal } from './journal';
import { closeListeners, type Listener, openListeners } from './listeners';
import { answer, type ServerStatus } from './status';
import type { System } from './surroundings';
import type { Successor } from './takeover';
import type { LeftBehind } from './unix-path';

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
  /** What they have said up to now. */
  readonly said?: string;
}

/** The first line of a request is no longer. */
const MOST_SAID = 4096;

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

  /** Those that have said no line in their time are answered what they have said, or are left if that is nothing. */
  tend(): void {
    const now = this.system.now();
    for (const { fd, until, said } of this.askers) {
      if (until > now) continue;
      if (said !== '') this.answer(fd, said);
      this.leave(fd);
    }
  }

  /** That is readable. */
  heard({ fd, until, said }: Asker): void {
    if (until === undefined) this.accept(fd);
    else this.listenTo({ fd, asks: 'status', until, said: said ?? '' });
  }

  /** Its path stays where a program has taken over. @returns what could not be removed */
  close(): LeftBehind[] {
    for (const { fd } of this.askers) this.leave(fd);
    const { listeners } = this;
    this.listener = undefined;
    return closeListeners(this.system, listeners);
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
    this.askers = [...this.askers, { fd, asks: 'status', until: now() + PATIENCE_MS, said: '' }];
  }

  /** Until the end of a line, or of what they say. */
  private listenTo(asker: Required<Asker>): void {
    const { fd } = asker;
    const buffer = Buffer.alloc(MOST_SAID);
    const count = this.system.c.recv(fd, buffer, MSG_DONTWAIT);
    const said = asker.said + buffer.toString('latin1', 0, Math.max(count, 0));
    if (count > 0 && !said.includes('\n') && said.length < MOST_SAID) {
      this.askers = this.askers.map((one) => (one.fd === fd ? { ...one, said } : one));
      return;
    }
    if (count >= 0) this.answer(fd, said);
    this.leave(fd);
  }

  private answer(fd: number, said: string): void {
    const [request = ''] = said.split('\n');
    // Who has gone does not want it.
    this.system.c.send(fd, answer(request, this.status()), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  private leave(fd: number): void {
    this.askers = this.askers.filter((one) => one.fd !== fd);
    this.system.c.close(fd);
  }
}
