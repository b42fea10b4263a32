import { createC } from '../../c-convention';
import { SIGCHLD, SIGHUP, SIGINT, SIGTERM } from '../../constants';
import { describeAddress } from '../../describe';
import { createPosix } from '../../posix';
import { type Pid, pidOf } from '../../signalling';
import type { SocketAddress } from '../../types';
import { LISTENQ } from '../../unp/wrappers';
import { acceptFrom } from './accepting';
import { type Connection, serveClient, serveSocket } from './child';
import { Children } from './children';
import { Groups } from './groups';
import { Journal } from './journal';
import { closeListeners, type Listener, openListeners } from './listeners';
import {
  changedSettings,
  checkOptions,
  DEFAULT_SETTINGS,
  type ForkingServerOptions,
  type Settings,
  type SocketServerOptions,
} from './options';
import { become, identity } from './privileges';
import { reaped } from './reaping';
import { Stopping } from './stopping';
import { Supervisor } from './supervisor';
import type { Surroundings, System } from './surroundings';
import { TakenSignals } from './taken-signals';
import { patience, waitForClients } from './waiting';

/** How long it does not accept after it could not for want of descriptors or processes, unless a child ends. */
const BACK_OFF_MS = 100;

const DEFAULT_GRACE_S = 30;

/** A server with a child for each connection, as PostgreSQL, sshd, inetd and tcpserver are. See index.ts. */
export class ForkingServer {
  private readonly system: System;
  private readonly children = new Children();
  private readonly signals: TakenSignals;
  private readonly journal: Journal;
  private readonly groups: Groups;
  private readonly stopping: Stopping;
  private readonly supervisor: Supervisor | undefined;
  private settings: Settings;
  private listeners: readonly Listener[] = [];
  /** Until then it does not accept. */
  private pausedUntil = 0;
  /** In a child that serves in its event loop: what it does there. */
  private child: (() => void) | undefined;

  /** @throws TypeError, RangeError: the options, before anything is done */
  constructor(
    private readonly options: ForkingServerOptions | SocketServerOptions,
    surroundings: Surroundings,
  ) {
    checkOptions(options);
    const { calls, now } = surroundings;
    const { log, grace = DEFAULT_GRACE_S } = options;
    this.settings = changedSettings(DEFAULT_SETTINGS, options);
    this.system = { ...surroundings, c: createC(calls), posix: createPosix(calls) };
    this.signals = new TakenSignals(this.system);
    this.journal = new Journal(log, now);
    this.groups = new Groups(this.system, this.journal);
    if (options.notify) this.supervisor = new Supervisor(this.system.posix, (error) => this.journal.failure(error));
    this.stopping = new Stopping(this.system, this.children, this.groups, this.journal, grace);
  }

  /** Listens, and becomes the user of the options. @returns the addresses, with their ports */
  listen(): SocketAddress[] {
    if (this.listeners.length > 0) throw new Error('this server listens already');
    const { listen, backlog = LISTENQ, user } = this.options;
    const who = user === undefined ? undefined : identity(user);
    this.listeners = openListeners(this.system.posix, [listen].flat(), backlog);
    if (who !== undefined) this.orClose(() => become(who));
    return this.listeners.map(({ address }) => address);
  }

  /** Serves until SIGTERM or SIGINT ends it and no child is left. Listens first, if it does not yet. */
  run(): void {
    if (this.listeners.length === 0) this.listen();
    this.orClose(() => {
      this.signals.take();
      for (const { address } of this.listeners) {
        this.journal.tell({ event: 'listening', pid: process.pid, address: describeAddress(address) });
      }
      this.supervisor?.ready();
      this.serve();
    });
    if (this.child !== undefined) return; // its signals are given back, and it has nothing to tell
    this.signals.giveBack();
    this.journal.tell({ event: 'stopped' });
  }

  /**
   * The same out of a turn of the event loop, to which a child comes back.
   * @returns when run() would; never in a child
   */
  start(): Promise<void> {
    if (this.listeners.length === 0) this.listen();
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          this.run();
        } catch (error) {
          reject(error);
          return;
        }
        if (this.child === undefined) resolve();
        else this.child();
      });
    });
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
    for (const { code, text } of closeListeners(this.system.posix, listeners)) {
      this.journal.tell({ event: 'error', call: 'unlink', errno: code, text, times: 1 });
    }
  }

  /** All that can happen, in the order in which it is looked after. */
  private serve(): void {
    const mask = this.signals.maskInPoll();
    for (;;) {
      if (this.signals.hasCome(SIGCHLD)) this.reap();
      if (this.signals.hasCome(SIGHUP)) this.reload();
      if (this.signals.hasCome(SIGTERM)) this.stop(SIGTERM);
      if (this.signals.hasCome(SIGINT)) this.stop(SIGINT);
      for (const pid of this.groups.tend()) this.giveBack(pid);
      if (this.stopping.begun) {
        if (this.children.count === 0) return;
        this.stopping.killTheLate();
      }
      const asked = this.isAccepting() ? this.listeners : [];
      for (const listener of waitForClients(this.system, asked, this.patience(), mask)) {
        this.serveNextOf(listener);
        if (this.child !== undefined) return;
      }
    }
  }

  private isAccepting(): boolean {
    const isFull = this.children.count >= this.settings.children;
    return !this.stopping.begun && !isFull && this.system.now() >= this.pausedUntil;
  }

  private patience(): ReturnType<typeof patience> {
    const now = this.system.now();
    const resume = this.pausedUntil > now ? this.pausedUntil : Number.POSITIVE_INFINITY;
    return patience(now, Math.min(this.stopping.begun ? this.stopping.deadline : resume, this.groups.deadline));
  }

  private pause(): void {
    this.pausedUntil = this.system.now() + BACK_OFF_MS;
  }

  private serveNextOf(listener: Listener): void {
    if (!this.isAccepting()) return; // another listener's client has taken the last slot
    const connfd = acceptFrom(this.system, listener, this.journal);
    if (connfd === 'no room') this.pause();
    if (typeof connfd === 'string') return;
    this.forkFor(connfd, listener);
    if (this.child === undefined) this.system.c.close(connfd);
  }

  private forkFor(connfd: number, listener: Listener): void {
    const { c } = this.system;
    const peer = c.getpeername(connfd);
    if (peer === -1) return; // ENOTCONN: it has reset the connection
    const from = describeAddress(peer);
    const host = 'address' in peer ? peer.address : '';
    const { perAddress } = this.settings;
    if (perAddress > 0 && host !== '' && this.children.countOf(host) >= perAddress) {
      this.journal.tell({ event: 'refused', from, limit: perAddress });
      return;
    }
    this.children.take(host);
    const pid = 'doit' in this.options ? c.fork() : c.fork({ inheritHandles: false });
    if (pid === 0) {
      this.serveIn({ connfd, peer, listener });
      return;
    }
    if (pid === -1) {
      this.children.giveBack(host);
      this.journal.error('fork', c.errno());
      this.pause();
      return;
    }
    const made = pidOf(pid, 'a child of the server');
    this.children.fill({ pid: made, from, host });
    this.groups.made(made, this.settings.timeout);
    this.journal.tell({ event: 'start', pid, from });
    this.tellStatus();
  }

  /** Returns in a child that serves in its event loop. */
  private serveIn(connection: Connection): void {
    const { settings, listeners, signals, groups } = this;
    const { options, system } = this;
    const server = { settings, listeners, signals, groups, keepalive: options.keepalive ?? 0 };
    this.listeners = []; // they are the server's: what the child closes has no path to remove
    if ('doit' in options) serveClient(system, server, options.doit, connection);
    this.child = serveSocket(system, server, options.onConnection, connection);
  }

  private tellStatus(): void {
    this.journal.tell({ event: 'status', children: this.children.count, limit: this.settings.children });
  }

  private reap(): void {
    for (const [pid, how] of reaped(this.system)) {
      this.pausedUntil = 0; // there is room again
      const child = this.children.get(pid);
      if (child === undefined) {
        this.journal.tell({ event: 'unknown-child', pid });
        continue;
      }
      this.journal.tell({ event: 'end', pid, from: child.from, ...how });
      const hasTimedOut = 'signal' in how && how.signal === 'SIGALRM';
      if (!this.groups.isStillThere(child.pid, hasTimedOut)) this.giveBack(child.pid);
    }
  }

  /** The slot of a child of which nothing is left. */
  private giveBack(pid: Pid): void {
    this.children.remove(pid);
    this.tellStatus();
  }

  /** Touches no child: each has the settings that it was forked with. */
  private reload(): void {
    this.supervisor?.reloading();
    try {
      const changes = this.options.reload?.();
      if (changes === undefined) throw new Error('there is no configuration to read again');
      this.settings = changedSettings(this.settings, changes);
      this.journal.tell({ event: 'reloaded', settings: { ...this.settings } });
    } catch (error) {
      this.journal.tell({ event: 'not-reloaded', why: error instanceof Error ? error.message : String(error) });
    }
    this.supervisor?.ready();
  }

  private stop(signo: number): void {
    if (!this.stopping.begun) {
      this.supervisor?.stopping();
      this.closeListeners();
    }
    this.stopping.hear(signo);
  }
}
