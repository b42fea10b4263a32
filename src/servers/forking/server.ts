import { SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR2 } from '../../constants';
import { describeAddress } from '../../describe';
import type { ClientsWanted } from '../../fork/fork-for-clients';
import type { AcceptedClient, ClientsTurn } from '../../native';
import { isPid, type Pid } from '../../signalling';
import { holdStandardDescriptors } from '../../standard-descriptors';
import type { Rlimit, SocketAddress } from '../../types';
import { LISTENQ } from '../../unp/wrappers';
import { type RaiseOomScore, USUAL_OOM_SCORE_ADJ } from '../oom-score';
import { refusePromise } from '../services/service';
import { Acceptor } from './accepting';
import {
  type Connection,
  childHalf,
  type Inherited,
  inheritedOf,
  type Serves,
  serveConnection,
  servedBy,
  serveForked,
  servesOf,
} from './child';
import { Children } from './children';
import { ClientProgram } from './client-program';
import { descriptorLimit } from './descriptor-limit';
import { Forker } from './forker';
import { Groups } from './groups';
import { Journal } from './journal';
import { Keeping } from './keeping';
import { closeListeners, endListening, type Listener, listenerAt, openListeners } from './listeners';
import {
  type AnyServerOptions,
  changedSettings,
  checkOptions,
  checkPerAddress,
  DEFAULT_SETTINGS,
  type ExecServerOptions,
  type ForkingServerOptions,
  given,
  isKeeping,
  type Settings,
  WHY_NOT_ASYNC,
} from './options';
import { become, identity } from './privileges';
import type { HowEnded } from './reaping';
import { Restart } from './restart';
import { hostOf, Roster } from './roster';
import { Counts, type ServerStatus } from './status';
import { StatusSocket } from './status-socket';
import { Stopping } from './stopping';
import { Supervisor } from './supervisor';
import { type Surroundings, type System, systemOf } from './surroundings';
import { TakenSignals } from './taken-signals';
import { Successor } from './takeover';
import type { LeftBehind } from './unix-path';
import { patience, Waiting } from './waiting';

/** How long it does not accept after it could not for want of descriptors or processes, unless a child ends. */
const BACK_OFF_MS = 100;

/** How long after its time something is told, and how much at once, where a server serves without a line of JavaScript. Milliseconds. */
const TELL = {
  /** Their reader may be slow, and those that find no room in its pipe are lost: not more at once than half of one takes. */
  lines: { within: 50, at: 128 },
  nobody: { within: 500, at: 1024 },
} as const;

/** So many connections that were reset in the queue are taken in a row, before signals are looked at again. */
const MOST_GONE = 100;

const DEFAULT_GRACE_S = 30;

/** What it waits for beside its clients. */
type Other = Restart['waitsFor'][number] | StatusSocket['waitsFor'][number];

/** A server with a child for each connection, as PostgreSQL, sshd, inetd and tcpserver are. See index.ts. */
export class ForkingServer {
  private readonly system: System;
  private readonly children = new Children();
  private readonly signals: TakenSignals;
  private readonly journal: Journal;
  private readonly groups: Groups;
  private readonly roster: Roster;
  private readonly forker: Forker;
  private readonly keeping: Keeping | undefined;
  private readonly waiting: Waiting;
  private readonly acceptor: Acceptor;
  private readonly stopping: Stopping;
  private readonly restart: Restart;
  private readonly counts = new Counts();
  private readonly statusSocket: StatusSocket;
  private readonly madeAt: number;
  private readonly supervisor: Supervisor | undefined;
  /** While this one takes over from another. */
  private successor: Successor | undefined;
  private settings: Settings;
  private listeners: readonly Listener[] = [];
  private raiseOomScore: RaiseOomScore | undefined;
  /** With `exec`: what its programs may have of descriptors, where that is not what this process may. */
  private readonly descriptors: Rlimit | undefined;
  private readonly options: AnyServerOptions;
  /** How its children serve, where they are forked. */
  private readonly serves: Serves | undefined;
  /** What a server with `exec` starts for each client. */
  private program: ClientProgram | undefined;
  private hasEnded = false;
  /** Until then it does not accept. */
  private pausedUntil = 0;
  /** Until then it takes each step in JavaScript. */
  private ordinaryFrom = 0;
  /** In a child that serves in its event loop: what it does there. */
  private child: (() => void) | undefined;

  /** @throws TypeError, RangeError: the options, before anything is done */
  constructor(all: AnyServerOptions, surroundings: Surroundings) {
    checkOptions(all);
    const options = given(all);
    this.options = options;
    this.serves = servesOf(options);
    const { now, complain } = surroundings;
    const { children, perAddress, timeout } = { ...DEFAULT_SETTINGS, ...options };
    const { log, grace = DEFAULT_GRACE_S } = options;
    this.settings = { children, perAddress, timeout };
    this.system = systemOf(surroundings);
    if ('exec' in options) this.descriptors = descriptorLimit(this.system.posix, options.nofile);
    this.signals = new TakenSignals(this.system, options.restart ? [SIGUSR2] : []);
    const asProgram = (run: () => unknown): unknown => this.signals.asProgram(run);
    this.journal = new Journal(this.counts, { log, now, asProgram, complain });
    this.waiting = new Waiting(this.system, this.journal, this.signals);
    this.acceptor = new Acceptor(this.system, this.journal);
    this.groups = new Groups(this.system, this.journal);
    const keeps = isKeeping(options);
    this.roster = new Roster(this.system, this.journal, this.children, this.groups, () => this.settings, keeps);
    if (keeps)
      this.keeping = new Keeping(this.system.keptChildren, this.journal, { requests: 1, spare: 0, ...options });
    this.forker = new Forker(this.system, this.journal, this.signals, 'doit' in options);
    if (options.notify) this.supervisor = new Supervisor(this.system, (error) => this.journal.refusal('sendto', error));
    this.restart = new Restart(this.system, this.journal);
    this.statusSocket = new StatusSocket(this.system, this.journal, () => this.status());
    this.madeAt = now();
    this.stopping = new Stopping(this.system, this.children, this.groups, this.journal, grace);
  }

  /** Listens, and becomes the user of the options. @returns the addresses, with their ports */
  listen(): SocketAddress[] {
    if (this.listeners.length > 0) throw new Error('this server listens already');
    if (this.hasEnded) throw new Error('this server has ended: make another one');
    this.refuseToListen();
    const { listen, backlog = LISTENQ, user } = this.options;
    holdStandardDescriptors();
    this.successor = Successor.ofThisProcess(this.system);
    const isBecome = this.successor !== undefined && process.geteuid?.() !== 0; // the one before had become it
    const who = user === undefined || isBecome ? undefined : identity(user);
    this.listeners = openListeners(this.system, [listen].flat(), backlog, this.successor);
    const { status } = this.options;
    if (status !== undefined) this.orClose(() => this.statusSocket.open(status, this.successor));
    if (who !== undefined) this.orClose(() => become(who));
    this.prepareOomScore();
    this.signals.ignore(); // SIGUSR1 opens a debugger until then
    return this.listeners.map(({ address }) => address);
  }

  private prepareOomScore(): void {
    const { oomScoreAdj = USUAL_OOM_SCORE_ADJ } = this.options;
    if (oomScoreAdj === 0) return;
    const raise = this.system.raisedOomScore(oomScoreAdj);
    if (typeof raise === 'function') this.raiseOomScore = raise;
    else if (this.options.oomScoreAdj !== undefined) this.journal.error('oom_score_adj', -raise);
  }

  /** How it is now. */
  status(): ServerStatus {
    const { children, counts, settings } = this;
    const now = this.system.now();
    const seconds = (since: number): number => Math.round(now - since) / 1000;
    return {
      ...{ pid: process.pid, uptime: seconds(this.madeAt), children: children.count, limit: settings.children },
      longestChild: seconds(children.oldestSince ?? now),
      ...{ accepted: counts.accepted, refused: counts.refused, errors: counts.errors },
    };
  }

  /** Serves until SIGTERM or SIGINT ends it and no child is left. Listens first, if it does not yet. */
  run(): void {
    if (this.listeners.length === 0) this.listen();
    try {
      this.orClose(() => {
        this.refuseToListen(); // the reason may have come since listen()
        this.rehearse(); // code of the program: with the program's own signals
        this.signals.take();
        this.keeping?.open(this.settings);
        if ('exec' in this.options) this.program = this.clientProgram(this.options);
        for (const { address } of this.listeners) {
          this.journal.tell({ event: 'listening', pid: process.pid, address: describeAddress(address) });
        }
        this.supervisor?.ready();
        this.successor?.ready();
        this.serve();
      });
    } finally {
      this.signals.giveBack(); // in a child they are
      this.keeping?.close();
    }
    if (this.child !== undefined) return; // it has nothing to tell
    this.hasEnded = true;
    this.closeStatus();
    this.journal.tellAll();
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

  private clientProgram({ exec, keepalive = 0 }: ExecServerOptions): ClientProgram {
    const { system, journal, signals, descriptors, raiseOomScore } = this;
    return new ClientProgram(system, journal, signals, { command: exec, keepalive, descriptors, raiseOomScore });
  }

  /** What fork() says against it, or nothing; of a program that is started without a fork there is none. */
  private refuseToListen(): void {
    const refusal = 'exec' in this.options ? undefined : this.system.whyNotFork();
    if (refusal !== undefined) throw refusal;
  }

  private rehearse(): void {
    const { options, system, journal, listeners } = this;
    const [listener] = listeners;
    if ('doit' in options && listener !== undefined) {
      system.rehearseChild(system, journal, this.inherited(), options, listener);
    }
  }

  private orClose(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.closeListeners();
      this.closeStatus();
      throw error;
    }
  }

  private closeListeners(): void {
    const { listeners } = this;
    this.listeners = [];
    this.tellOfLeft(closeListeners(this.system, listeners));
  }

  private closeStatus(): void {
    this.tellOfLeft(this.statusSocket.close());
  }

  private tellOfLeft(left: readonly LeftBehind[]): void {
    for (const { code, text } of left) {
      this.journal.tell({ event: 'error', call: 'unlink', errno: code, text, times: 1 });
    }
  }

  /** All that can happen, in the order in which it is looked after. */
  private serve(): void {
    for (;;) {
      this.noteReports();
      if (this.signals.hasCome(SIGCHLD)) this.reap();
      if (this.signals.hasCome(SIGHUP)) this.reload();
      if (this.signals.hasCome(SIGUSR2)) this.startAnew();
      if (this.signals.hasCome(SIGTERM)) this.stop(SIGTERM);
      if (this.signals.hasCome(SIGINT)) this.stop(SIGINT);
      this.roster.tend();
      this.statusSocket.tend();
      if (this.stopping.begun) {
        if (this.children.count === 0) return;
        this.stopping.killTheLate();
      }
      this.journal.tellDue();
      if (this.signals.haveCome()) continue; // while code of the program ran
      const others = [...this.restart.waitsFor, ...this.statusSocket.waitsFor];
      if (this.isOrdinary() && this.serveInARow(others)) {
        if (this.child !== undefined) return;
        continue;
      }
      const asked = [...others, ...(this.keeping?.waitsFor ?? []), ...(this.isAccepting() ? this.listeners : [])];
      if (this.tendReady(this.waiting.forClients(asked, this.patience()))) return;
    }
  }

  /** Whether each client is served as the one before, by a child of its own, whatever it is. */
  private isOrdinary(): boolean {
    const { system, settings, serves, stopping } = this;
    const isPaused = system.now() < Math.max(this.pausedUntil, this.ordinaryFrom);
    return serves !== undefined && settings.perAddress === 0 && !stopping.begun && !isPaused;
  }

  /**
   * Serves clients without a line of JavaScript, for as long as nothing is out of the ordinary; then tells what has happened.
   * @returns whether it can be done so. In a child that is to serve in its event loop `child` is what it does there
   */
  private serveInARow(others: readonly Other[]): boolean {
    const { system, serves, listeners } = this;
    if (system.forkForClients === undefined || serves === undefined) return false;
    const { forkForClients } = system;
    const server = this.inherited();
    const wanted = {
      ...this.wanted(others),
      keeps: this.keeping !== undefined,
      childHalf: serves.doit === undefined ? undefined : childHalf(server),
      serve: serveForked(system, server, serves, listeners),
    };
    const turn = this.forker.orEndChild(() => forkForClients(wanted, serves.doit !== undefined));
    if (turn === undefined) return false;
    if (typeof turn === 'function') {
      this.listeners = []; // the server's: what the child closes has no path to remove
      this.child = turn;
      return true;
    }
    this.note(turn);
    this.lookAfter(turn, others);
    return true;
  }

  private note({ accepted, happened }: Pick<ClientsTurn, 'accepted' | 'happened'>): void {
    this.counts.accepted += accepted;
    if (accepted > 0) this.acceptor.succeeded();
    if (happened.length === 0) return;
    this.journal.together(() => {
      for (const event of happened) this.roster.note(event, this.isNoServingChild);
    });
  }

  /** What children have told of themselves comes before all that is done about them. */
  private noteReports(): void {
    if (this.keeping !== undefined) this.note(this.keeping.reports());
  }

  private reap(): void {
    this.roster.reap(this.isNoServingChild, (pid) => {
      this.noteReports();
      this.keeping?.hasEnded(pid);
    });
  }

  private wanted(others: readonly Other[]): Omit<ClientsWanted, 'childHalf' | 'keeps' | 'serve'> {
    const { children, roster, settings, signals, listeners } = this;
    return {
      listeners: listeners.map(({ fd }) => fd),
      others: others.map(({ fd }) => fd),
      children: roster.ordinary,
      room: Math.max(0, settings.children - children.count),
      mask: signals.maskInPoll(),
      time: this.patience(),
      ...this.tell(),
    };
  }

  /** A line is not to be late, and no time-out of a child. */
  private tell(): Pick<ClientsWanted, 'tellWithin' | 'tellAt'> {
    const { timeout } = this.settings;
    const isTold = this.journal.isToldOf('start') || this.journal.isToldOf('end') || this.journal.isToldOf('status');
    const { within, at } = isTold ? TELL.lines : TELL.nobody;
    return { tellWithin: timeout === 0 ? within : Math.min(within, Math.trunc(timeout * 100)), tellAt: at };
  }

  /** What is out of the ordinary. */
  private lookAfter(turn: ClientsTurn, others: readonly Other[]): void {
    switch (turn.why) {
      case 'handler':
      case 'time':
      case 'told':
      case 'ended':
        return;
      case 'pending':
        this.signals.letIn();
        return;
      case 'ready':
        this.tendReady(others.filter((_other, index) => turn.ready.includes(index)));
        return;
      case 'accept':
        if (this.acceptor.failed(listenerAt(this.listeners, turn.listener).fd, turn.errno) === 'no room') this.pause();
        return;
      case 'wait':
        this.waiting.failed(turn.errno);
        return;
      case 'reap':
        this.journal.error('waitpid', turn.errno);
        this.ordinaryFrom = this.system.now() + BACK_OFF_MS; // it would be tried again at once
        return;
      case 'fork':
        if (turn.connection === undefined) this.noSpare(turn.errno);
        else this.notForked(turn.connection, turn.errno);
        return;
    }
  }

  /** @returns whether this is a child now, which serves in its event loop */
  private tendReady(all: readonly (Other | Keeping['waitsFor'][number] | Listener)[]): boolean {
    for (const ready of all) {
      if ('pid' in ready) this.isReplaced(this.restart.heard(ready));
      else if ('asks' in ready) this.statusSocket.heard(ready);
      else if ('reports' in ready) this.noteReports();
      else this.serveNextOf(ready);
      if (this.child !== undefined) return true;
    }
    return false;
  }

  private isAccepting(): boolean {
    const isFull = this.children.count >= this.settings.children;
    return !this.stopping.begun && !isFull && this.system.now() >= this.pausedUntil;
  }

  private patience(): ReturnType<typeof patience> {
    const now = this.system.now();
    const resume = this.pausedUntil > now ? this.pausedUntil : Number.POSITIVE_INFINITY;
    const accept = this.stopping.begun ? this.stopping.deadline : resume;
    return patience(now, Math.min(accept, this.groups.deadline, this.statusSocket.deadline, this.journal.due));
  }

  private pause(): void {
    this.pausedUntil = this.system.now() + BACK_OFF_MS;
  }

  private serveNextOf(listener: Listener): void {
    if (!this.isAccepting()) return; // another listener's client has taken the last slot
    const { c } = this.system;
    for (let gone = 0; gone < MOST_GONE; ++gone) {
      const connfd = this.acceptor.acceptFrom(listener);
      if (connfd === 'no room') this.pause();
      if (typeof connfd === 'string') return;
      this.counts.accepted += 1;
      const peer = c.getpeername(connfd);
      if (peer !== -1) {
        this.forkOrClose(connfd, peer, listener);
        return;
      }
      // ENOTCONN: it has reset the connection, and others with it, perhaps. Somebody who lives waits behind them.
      c.close(connfd);
    }
  }

  /** @param errno 0: fork was refused, and says why where it is asked again */
  private notForked({ connfd, peer, listener }: AcceptedClient, errno: number): void {
    if (errno === 0) {
      this.forkOrClose(connfd, peer, listenerAt(this.listeners, listener));
      return;
    }
    this.journal.error('fork', errno);
    this.system.c.close(connfd);
    this.pause();
  }

  /** @param errno as of notForked */
  private noSpare(errno: number): void {
    if (errno !== 0) this.journal.error('fork', errno);
    else if (this.forkSpare()) return;
    this.ordinaryFrom = this.system.now() + BACK_OFF_MS; // clients do without for a while
  }

  /** @returns whether there is one; if not, why was told. In the child never */
  private forkSpare(): boolean {
    const pid = this.childFor(undefined);
    if (!isPid(pid)) return false;
    this.roster.isSpare(pid, 0);
    return true;
  }

  private forkOrClose(connfd: number, peer: SocketAddress, listener: Listener): void {
    this.forkFor({ connfd, peerOf: () => peer, listener }, peer);
    if (this.child === undefined) this.system.c.close(connfd);
  }

  private forkFor(connection: Connection, peer: SocketAddress): void {
    const from = describeAddress(peer);
    const host = hostOf(peer);
    const { perAddress } = this.settings;
    if (perAddress > 0 && host !== '' && this.children.countOf(host) >= perAddress) {
      this.counts.refused += 1;
      this.journal.tell({ event: 'refused', from, limit: perAddress });
      return;
    }
    this.children.take(host);
    const pid = this.childFor(connection);
    if (pid === 0) return;
    if (!isPid(pid)) {
      this.children.giveBack(host);
      this.pause();
      return;
    }
    this.roster.isChildOf(pid, from, host, 0);
  }

  /**
   * @param connection undefined: it is to wait for a client
   * @returns its pid; in the child 0; undefined: there is none, and why was told
   */
  private childFor(connection: Connection | undefined): number | undefined {
    const { serves, program, keeping, listeners } = this;
    if (serves === undefined) return connection && program?.startFor(connection, this.settings.timeout);
    // All that the child's half names is looked up here: there it would be looked up for the first time, by each child.
    const [serve, system, server, served] = [serveConnection, this.system, this.inherited(), servedBy(this.system)];
    const fork = (): number | undefined => this.forker.fork();
    const pid = keeping === undefined ? fork() : keeping.around(connection === undefined, listeners, fork);
    // They are the server's: what the child closes has no path to remove. Both sides do this, for the same reason.
    this.listeners = pid === 0 ? [] : this.listeners;
    if (pid === 0) {
      const keeps = keeping?.isKept() ? listeners : undefined;
      this.child = serve(system, server, serves, { isReady: false, served, keeps }, connection);
    } else if (isPid(pid)) this.groups.lead(pid);
    return pid;
  }

  /** What a child has of this server. */
  private inherited(): Inherited {
    const { settings, listeners, signals, groups, raiseOomScore } = this;
    const { keepalive = 0, signals: childSignals = 'default' }: Partial<ForkingServerOptions> = this.options;
    const others = this.statusSocket.descriptors.map(({ fd }) => fd);
    return inheritedOf({ settings, listeners, others, signals, groups, keepalive, childSignals, raiseOomScore });
  }

  /** @returns whether it was none that serves */
  private readonly isNoServingChild = (pid: number, how: HowEnded): boolean => {
    this.pausedUntil = 0; // there is room again
    return this.restart.hasEnded(pid, how);
  };

  /** Each child has the settings that it was forked with. Only those that wait for clients by themselves are replaced. */
  private reload(): void {
    this.supervisor?.reloading();
    try {
      const { reload } = this.options;
      if (reload === undefined) throw new Error('there is no configuration to read again');
      const changes = this.signals.asProgram(reload);
      refusePromise(changes, 'reload', WHY_NOT_ASYNC.reload);
      const settings = changedSettings(this.settings, changes);
      checkPerAddress(this.options, settings);
      this.settings = settings;
      this.journal.tell({ event: 'reloaded', settings: { ...this.settings } });
    } catch (error) {
      this.journal.tell({ event: 'not-reloaded', why: error instanceof Error ? error.message : String(error) });
    }
    this.keeping?.replace(this.settings);
    this.supervisor?.ready();
  }

  private startAnew(): void {
    if (this.stopping.begun) return;
    const { path } = this.supervisor ?? {};
    const all = [...this.listeners, ...this.statusSocket.listeners];
    this.restart.begin(all, this.signals.maskInPoll(), path === undefined ? {} : { NOTIFY_SOCKET: path });
  }

  /** The new program serves: the listeners and their paths are its own from now on. */
  private isReplaced(pid: Pid | undefined): void {
    if (pid === undefined) return;
    this.supervisor?.mainPid(pid);
    this.keeping?.end();
    for (const { fd } of this.listeners) this.system.c.close(fd);
    this.listeners = [];
    this.statusSocket.handOver();
    this.stopping.drain();
    this.journal.tell({ event: 'restarted', pid, children: this.children.count });
  }

  private stop(signo: number): void {
    if (!this.stopping.begun) {
      this.supervisor?.stopping();
      this.restart.giveUp();
      this.keeping?.end();
      if (this.keeping !== undefined) endListening(this.system, this.listeners);
      this.closeListeners();
    }
    this.stopping.hear(signo);
  }
}
