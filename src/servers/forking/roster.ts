import { describeAddress } from '../../describe';
import type { Pid } from '../../signalling';
import type { SocketAddress } from '../../types';
import type { Children } from './children';
import type { Groups } from './groups';
import type { Journal } from './journal';
import type { Settings } from './options';
import { type HowEnded, reaped } from './reaping';
import type { System } from './surroundings';

/** Whose share of the children a client has: '' of a Unix socket. */
export const hostOf = (peer: SocketAddress): string => ('address' in peer ? peer.address : '');

/** The children of a server from their fork to their end: their slots, their groups, and the lines that tell of them. */
export class Roster {
  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly children: Children,
    private readonly groups: Groups,
    private readonly settings: () => Settings,
  ) {}

  /** The slot that was taken has its child. @param ago when that was forked, in milliseconds */
  isChildOf(pid: Pid, from: string, host: string, ago: number): void {
    const since = this.system.now() - ago;
    this.children.fill({ pid, from, host, since });
    this.groups.made(pid, this.settings().timeout, since);
    this.journal.tell({ event: 'start', pid, from }, ago);
    this.tellStatus(ago);
  }

  /** A child was forked without a line of JavaScript. */
  started(pid: Pid, peer: SocketAddress, ago: number): void {
    const host = hostOf(peer);
    this.children.take(host);
    this.isChildOf(pid, describeAddress(peer), host, ago);
  }

  /** All that have ended. @param isElse whether it was no child that serves, and was seen to */
  reap(isElse: (pid: number, how: HowEnded) => boolean): void {
    for (const [pid, how] of reaped(this.system, this.journal)) if (!isElse(pid, how)) this.ended(pid, how);
  }

  ended(pid: number, how: HowEnded, ago = 0): void {
    const child = this.children.get(pid);
    if (child === undefined) {
      // Process 1 is the parent of all orphans.
      if (process.pid !== 1) this.journal.tell({ event: 'unknown-child', pid }, ago);
      return;
    }
    this.journal.tell({ event: 'end', pid, from: child.from, ...how }, ago);
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
