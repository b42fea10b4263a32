import { isPid, type Pid } from '../../signalling';

/** A child and its client. */
export interface Child {
  readonly pid: Pid;
  /** Undefined: it waits for a client. */
  readonly from: string | undefined;
  /** When it was forked, on the server's clock. Milliseconds. */
  readonly since: number;
  readonly host: string;
  /** The seconds that each of its clients may take, as it was forked with; 0: no limit. */
  readonly timeout: number;
}

/** The children that there are. A slot is taken before fork, and given back when there is no child, or no more. */
export class Children {
  private readonly byPid = new Map<Pid, Child>();
  private readonly byHost = new Map<string, number>();
  private taken = 0;

  /** Slots that are taken. */
  get count(): number {
    return this.taken;
  }

  get pids(): Pid[] {
    return [...this.byPid.keys()];
  }

  /** When the oldest of them was forked; undefined: there is none. A map is in the order of its keys' coming. */
  get oldestSince(): number | undefined {
    const [oldest] = this.byPid.values();
    return oldest?.since;
  }

  countOf(host: string): number {
    return this.byHost.get(host) ?? 0;
  }

  take(host: string): void {
    this.taken += 1;
    this.byHost.set(host, this.countOf(host) + 1);
  }

  giveBack(host: string): void {
    this.taken -= 1;
    const left = this.countOf(host) - 1;
    if (left > 0) this.byHost.set(host, left);
    else this.byHost.delete(host);
  }

  /** The slot that was taken has its child. Of the same number as one whose group has ended meanwhile, perhaps. */
  fill(child: Child): void {
    this.remove(child.pid);
    this.byPid.set(child.pid, child);
  }

  /** It has that client now, or none. */
  serves(child: Child, from: string | undefined): void {
    this.byPid.set(child.pid, { ...child, from });
  }

  /** Undefined: it is none of them. */
  get(pid: number): Child | undefined {
    return isPid(pid) ? this.byPid.get(pid) : undefined;
  }

  /** Its slot is free. */
  remove(pid: Pid): void {
    const child = this.byPid.get(pid);
    if (child === undefined) return;
    this.byPid.delete(pid);
    this.giveBack(child.host);
  }
}
