import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { isPromise } from 'node:util/types';
import { type C, createC } from '../../c-convention';
import {
  ECHILD,
  EINTR,
  F_GETFL,
  F_SETFL,
  O_NONBLOCK,
  POLLIN,
  SIG_BLOCK,
  SIG_SETMASK,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGTERM,
  STDERR_FILENO,
  WNOHANG,
} from '../../constants';
import { describeAddress, signalName } from '../../describe';
import { errnoName, SyscallError, strerror } from '../../errno';
import type { Calls } from '../../native';
import { createPosix, type Posix } from '../../posix';
import type { OldSignalAction, PollResult, SocketAddress, Timespec } from '../../types';
import { type Exit, LISTENQ } from '../../unp/wrappers';
import { WEXITSTATUS, WIFEXITED, WTERMSIG } from '../../wait-status';
import { acceptFailure } from './accept-errors';
import { Children } from './children';
import type { ServerEvent } from './events';
import { closeListeners, type Listener, openListeners } from './listeners';
import { changedSettings, checkOptions, DEFAULT_SETTINGS, type ForkingServerOptions, type Settings } from './options';
import { become, identity } from './privileges';
import { RateLimit } from './rate-limit';

/** What the server hears of by signals. They are blocked, but for the time that it waits in ppoll. */
const SIGNALS: readonly number[] = [SIGCHLD, SIGHUP, SIGTERM, SIGINT];

/** How long it does not accept after it could not for want of descriptors or processes, unless a child ends. */
const BACK_OFF_MS = 100;
/** Between two lines that say the same. */
const SAME_LINE_MS = 1000;
/** What children have to end after SIGTERM, where the server was told to stop fast. */
const FAST_GRACE_MS = 1000;

const DEFAULT_GRACE_S = 30;

const NO_TIME: Timespec = { tv_sec: 0, tv_nsec: 0 };

/** From the first signal to stop on. */
interface Stopping {
  fast: boolean;
  /** When the children that are left are killed. */
  deadline: number;
}

/** What the server is made of beside its options; others in tests. */
export interface Surroundings {
  readonly calls: Calls;
  readonly exit: Exit;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** A server with a child for each connection, as PostgreSQL, sshd, inetd and tcpserver are. See index.ts. */
export class ForkingServer {
  private readonly c: C;
  private readonly posix: Posix;
  private readonly children = new Children();
  private readonly lines: RateLimit;
  private settings: Settings;
  private listeners: readonly Listener[] = [];
  private readonly noted = new Set<number>();
  private oldActions: readonly [number, OldSignalAction][] = [];
  private oldMask: number[] = [];
  /** Until then it does not accept. */
  private pausedUntil = 0;
  private stopping: Stopping | undefined;

  /** @throws TypeError, RangeError: the options, before anything is done */
  constructor(
    private readonly options: ForkingServerOptions,
    private readonly surroundings: Surroundings,
  ) {
    checkOptions(options);
    this.settings = changedSettings(DEFAULT_SETTINGS, options);
    this.c = createC(surroundings.calls);
    this.posix = createPosix(surroundings.calls);
    this.lines = new RateLimit(SAME_LINE_MS, surroundings.now);
  }

  /** Listens, and becomes the user of the options. @returns the addresses, with their ports */
  listen(): SocketAddress[] {
    if (this.listeners.length > 0) throw new Error('this server listens already');
    const { listen, backlog = LISTENQ, user } = this.options;
    const who = user === undefined ? undefined : identity(user);
    this.listeners = openListeners(this.posix, [listen].flat(), backlog);
    if (who !== undefined) this.orClose(() => become(who));
    return this.listeners.map(({ address }) => address);
  }

  /** Serves until SIGTERM or SIGINT ends it and no child is left. Listens first, if it does not yet. */
  run(): void {
    if (this.listeners.length === 0) this.listen();
    this.orClose(() => {
      this.takeSignals();
      for (const { address } of this.listeners) {
        this.log({ event: 'listening', pid: process.pid, address: describeAddress(address) });
      }
      this.serve();
    });
    this.giveBackSignals();
    this.log({ event: 'stopped' });
  }

  private log(event: ServerEvent): void {
    this.options.log?.(event);
  }

  private logStatus(): void {
    this.log({ event: 'status', children: this.children.count, limit: this.settings.children });
  }

  private logError(call: string, errno: number): void {
    this.lines.note(`${call} ${errno}`, (times) =>
      this.log({ event: 'error', call, errno: errnoName(errno), text: strerror(errno), times }),
    );
  }

  private orClose(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.closeListeners();
      throw error;
    }
  }

  private closeListeners(): void {
    const { listeners } = this;
    this.listeners = [];
    for (const { code, text } of closeListeners(this.posix, listeners)) {
      this.log({ event: 'error', call: 'unlink', errno: code, text, times: 1 });
    }
  }

  /**
   * Blocked first, then handled: a signal waits until ppoll lets it in. So none comes between the look at `noted` and
   * the wait, and no child is reaped between fork and the note of its pid.
   */
  private takeSignals(): void {
    this.oldMask = this.posix.sigprocmask(SIG_BLOCK, SIGNALS);
    const handler = (signo: number): void => void this.noted.add(signo);
    this.oldActions = SIGNALS.map((signo) => [signo, this.posix.sigaction(signo, { handler })]);
  }

  private giveBackSignals(): void {
    for (const [signo, action] of this.oldActions) this.posix.sigaction(signo, action);
    this.posix.sigprocmask(SIG_SETMASK, this.oldMask);
  }

  /** All that can happen, in the order in which it is looked after. */
  private serve(): void {
    const maskInPoll = this.oldMask.filter((signo) => !SIGNALS.includes(signo));
    for (;;) {
      if (this.noted.delete(SIGCHLD)) this.reap();
      if (this.noted.delete(SIGHUP)) this.reload();
      if (this.noted.delete(SIGTERM)) this.stop(SIGTERM);
      if (this.noted.delete(SIGINT)) this.stop(SIGINT);
      if (this.stopping !== undefined) {
        if (this.children.count === 0) return;
        this.killTheLate(this.stopping);
      }
      for (const listener of this.readyListeners(maskInPoll)) this.acceptFrom(listener);
    }
  }

  private isAccepting(): boolean {
    const isFull = this.children.count >= this.settings.children;
    return this.stopping === undefined && !isFull && this.surroundings.now() >= this.pausedUntil;
  }

  /** How long to wait for a signal or a client: null for as long as it takes. */
  private patience(): Timespec | null {
    const now = this.surroundings.now();
    const until = this.stopping?.deadline ?? (this.pausedUntil > now ? this.pausedUntil : Number.POSITIVE_INFINITY);
    if (until === Number.POSITIVE_INFINITY) return null;
    const nanoseconds = Math.ceil(Math.max(0, until - now) * 1e6);
    return { tv_sec: Math.trunc(nanoseconds / 1e9), tv_nsec: nanoseconds % 1e9 };
  }

  /** Waits: for a signal, and, while there is room for one more child, for a client. */
  private readyListeners(mask: readonly number[]): Listener[] {
    const asked = this.isAccepting() ? this.listeners : [];
    const polled = this.poll(asked, this.patience(), mask);
    const ready = asked.filter((_listener, index) => (polled?.[index]?.revents ?? 0) !== 0);
    // ppoll lets no signal in where a client is there: a server that is never idle would reap nobody, and not hear SIGTERM.
    if (ready.length > 0 && this.poll([], NO_TIME, mask) === undefined) return [];
    return ready;
  }

  /** Undefined: a signal has come. */
  private poll(
    listeners: readonly Listener[],
    patience: Timespec | null,
    mask: readonly number[],
  ): readonly PollResult[] | undefined {
    const request = listeners.map(({ fd }) => ({ fd, events: POLLIN }));
    const polled = this.surroundings.calls.ppoll(request, patience, mask);
    if (polled === -EINTR) return undefined;
    if (typeof polled === 'number') throw new SyscallError('ppoll', polled);
    return polled;
  }

  private acceptFrom(listener: Listener): void {
    if (!this.isAccepting()) return; // another listener's client has taken the last slot
    const connfd = this.c.accept(listener.fd);
    if (connfd === -1) {
      const errno = this.c.errno();
      switch (acceptFailure(errno)) {
        case 'passing':
          return;
        case 'exhausted':
          this.logError('accept', errno);
          this.pause();
          return;
        case 'fatal':
          throw new SyscallError('accept', -errno, [listener.fd]);
      }
    }
    this.forkFor(connfd, listener);
    this.c.close(connfd);
  }

  private pause(): void {
    this.pausedUntil = this.surroundings.now() + BACK_OFF_MS;
  }

  private forkFor(connfd: number, listener: Listener): void {
    const peer = this.c.getpeername(connfd);
    if (peer === -1) return; // ENOTCONN: it has reset the connection
    const from = describeAddress(peer);
    const host = 'address' in peer ? peer.address : '';
    const { perAddress } = this.settings;
    if (perAddress > 0 && host !== '' && this.children.countOf(host) >= perAddress) {
      this.log({ event: 'refused', from, limit: perAddress });
      return;
    }
    this.children.take(host);
    const pid = this.c.fork();
    if (pid === 0) this.serveClient(connfd, peer, listener);
    if (pid === -1) {
      this.children.giveBack(host);
      this.logError('fork', this.c.errno());
      this.pause();
      return;
    }
    this.children.fill(pid, { from, host });
    this.log({ event: 'start', pid, from });
    this.logStatus();
  }

  /** The child. What is the server's it closes or gives back; then it serves, and leaves. */
  private serveClient(connfd: number, peer: SocketAddress, { address }: Listener): never {
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) this.c.close(listener.fd);
    // On FreeBSD connfd has it from its listener, on Linux not. accept(2)
    const flags = this.c.fcntl(connfd, F_GETFL);
    if ((flags & O_NONBLOCK) !== 0) this.c.fcntl(connfd, F_SETFL, flags & ~O_NONBLOCK);
    this.giveBackSignals();
    if (this.settings.timeout > 0) this.c.alarm(this.settings.timeout); // nobody handles SIGALRM: it ends the child
    let status = 0;
    try {
      const local = 'port' in address ? this.c.getsockname(connfd) : address;
      const served: unknown = this.options.doit(connfd, { peer, local: local === -1 ? address : local });
      if (isPromise(served))
        throw new TypeError(`doit must not be async: the child that serves connfd ${connfd} ends as it returns`);
      if (typeof served === 'number') status = served;
    } catch (error) {
      writeSync(STDERR_FILENO, `[${process.pid}] doit: ${inspect(error)}\n`);
      status = 1;
    }
    this.c.close(connfd);
    return this.surroundings.exit(status);
  }

  /** All that have ended: SIGCHLD comes once for several. */
  private reap(): void {
    for (;;) {
      const { pid, status } = this.c.waitpid(-1, WNOHANG);
      if (pid === 0) return;
      if (pid === -1) {
        if (this.c.errno() === ECHILD) return;
        throw new SyscallError('waitpid', -this.c.errno(), [-1, WNOHANG]);
      }
      this.pausedUntil = 0; // there is room again
      const child = this.children.remove(pid);
      if (child === undefined) {
        this.log({ event: 'unknown-child', pid });
        continue;
      }
      const how = WIFEXITED(status) ? { status: WEXITSTATUS(status) } : { signal: signalName(WTERMSIG(status)) };
      this.log({ event: 'end', pid, from: child.from, ...how });
      this.logStatus();
    }
  }

  /** Touches no child: each has the settings that it was forked with. */
  private reload(): void {
    try {
      const changes = this.options.reload?.();
      if (changes === undefined) throw new Error('there is no configuration to read again');
      this.settings = changedSettings(this.settings, changes);
      this.log({ event: 'reloaded', settings: { ...this.settings } });
    } catch (error) {
      this.log({ event: 'not-reloaded', why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** SIGTERM: the children may finish, in their time. SIGINT, or the second signal: they are told to end. */
  private stop(signo: number): void {
    const { grace = DEFAULT_GRACE_S } = this.options;
    const fast = signo === SIGINT || this.stopping !== undefined;
    if (this.stopping === undefined) this.closeListeners();
    const milliseconds = fast ? Math.min(FAST_GRACE_MS, grace * 1000) : grace * 1000;
    const isNews = this.stopping === undefined || (fast && !this.stopping.fast);
    if (!isNews) return;
    this.stopping = { fast, deadline: this.surroundings.now() + milliseconds };
    this.log({
      event: 'stopping',
      signal: signalName(signo),
      children: this.children.count,
      seconds: milliseconds / 1000,
    });
    if (fast) this.signalChildren(SIGTERM);
  }

  private killTheLate(stopping: Stopping): void {
    if (this.surroundings.now() < stopping.deadline) return;
    stopping.deadline = Number.POSITIVE_INFINITY;
    this.signalChildren(SIGKILL);
  }

  /** None of them has been reaped, so each number is still its child's. */
  private signalChildren(signo: number): void {
    if (this.children.count === 0) return;
    this.log({ event: 'killing', signal: signalName(signo), children: this.children.count });
    for (const pid of this.children.pids) this.c.kill(pid, signo);
  }
}
