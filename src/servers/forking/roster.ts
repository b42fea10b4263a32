import { describeAddress } from '../../describe';
import type { ClientsEvent } from '../../native';
import { isPid, type Pid } from '../../signalling';
import type { SocketAddress } from '../../types';
import type { Children } from './children';
import type { Groups } from './groups';
import type { Journal } from './journal';
import type { Settings } from './options';
import { type HowEnded, howEnded, reaped } from './reaping';
import type { System } from './surroundings';

/** Whose share of the children a client has: '' of a Unix socket. */
export const hostOf = (peer: SocketAddress): string => ('address' in peer ? peer.address : '');

type IsElse = (pid: number, how: HowEnded) => boolean;

/** The children of a server from their fork to their end: their slots, their groups, and the lines that tell of them. */
export class Roster {
  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly children: Children,
    private readonly groups: Groups,
    private readonly settings: () => Settings,
    /** Whether children wait for clients by themselves. */
    private readonly keeps: boolean,
  ) {}

  /** The slot that was taken has its child. @param ago when that was forked, in milliseconds */
  isChildOf(pid: Pid, from: string, host: string, ago: number): void {
    const since = this.system.now() - ago;
    const { timeout } = this.settings();
    this.children.fill({ pid, from, host, since, timeout });
    this.groups.made(pid, this.keeps ? 0 : timeout, since);
    if (this.keeps) this.groups.serves(pid, timeout, since);
    this.journal.tell({ event: 'start', pid, from }, ago);
    this.tellStatus(ago);
  }

  /** A child was forked that waits for a client. */
  isSpare(pid: Pid, ago: number): void {
    const since = this.system.now() - ago;
    this.children.take('');
    this.children.fill({ pid, from: undefined, host: '', since, timeout: this.settings().timeout });
    this.groups.made(pid, 0, since);
    this.journal.tell({ event: 'spare', pid }, ago);
    this.tellStatus(ago);
  }

  /** What a child has told of itself: it has taken a client, or has served one. */
  private hasTaken(pid: Pid, from: string, ago: number): void {
    const child = this.children.get(pid);
    if (child === undefined) return;
    this.children.serves(child, from);
    this.groups.serves(pid, child.timeout, this.system.now() - ago);
    this.journal.tell({ event: 'client', pid, from }, ago);
  }

  private hasServed(pid: Pid, status: number, ago: number): void {
    const child = this.children.get(pid);
    if (child?.from === undefined) return;
    this.children.serves(child, undefined);
    this.groups.waits(pid);
    this.journal.tell({ event: 'served', pid, from: child.from, status }, ago);
  }

  /** A child was forked without a line of JavaScript. */
  private started(pid: Pid, peer: SocketAddress, ago: number): void {
    const host = hostOf(peer);
    this.children.take(host);
    this.isChildOf(pid, describeAddress(peer), host, ago);
  }

  /** What has become of children while no line of JavaScript ran. @param isElse as that of reap() */
  note(event: ClientsEvent, isElse: IsElse): void {
    const { pid, ago } = event;
    if (!isPid(pid)) return;
    switch (event.what) {
      case 'forked':
        this.started(pid, event.client.peer, ago);
        return;
      case 'spare':
        this.isSpare(pid, ago);
        return;
      case 'taken':
        this.hasTaken(pid, describeAddress(event.client.peer), ago);
        return;
      case 'served':
        this.hasServed(pid, event.status, ago);
        return;
      case 'ended': {
        const how = howEnded(event.status);
        if (!isElse(pid, how)) this.ended(pid, how, ago);
        return;
      }
    }
  }

  /** All that have ended. @param isElse whether it was no child that serves, and was seen to @param first called before each */
  reap(isElse: IsElse, first: (pid: number) => void): void {
    for (const [pid, how] of reaped(this.system, this.journal)) {
      first(pid);
      if (!isElse(pid, how)) this.ended(pid, how);
    }
  }

  private ended(pid: number, how: HowEnded, ago = 0): void {
    const child = this.children.get(pid);
    if (child === undefined) {
      // Process 1 is the parent of all orphans.
      if (process.pid !== 1) this.journal.tell({ event: 'unknown-child', pid }, ago);
      return;
    }
    const { from } = child;
    this.journal.tell({ event: 'end', pid, ...(from === undefined ? {} : { from }), ...how }, ago);
    const hasTimedOut = 'signal' in how && how.signal === 'SIGALRM';
    if (!this.groups.isStillThere(child.pid, hasTimedOut)) this.giveBack(child.pid, ago);
  }

  /** Groups are ended whose time is over; those that have ended give their slots back. */
  tend(): void {
    for (const pid of this.groups.tend()) this.giveBack(pid);
  }

  /** Those whose end gives a slot back at once. */
  get ordinary(): Pid[] {
    return this.children.pids.filter((pid) => !this.groups.isCondemned(pid));
  }

  /** The slot of a child of which nothing is left. */
  private giveBack(pid: Pid, ago = 0): void {
    this.children.remove(pid);
    this.tellStatus(ago);
  }

  private tellStatus(ago: number): void {
    this.journal.tell({ event: 'status', children: this.children.count, limit: this.settings().children }, ago);
  }
}
