import { ESRCH, SIGALRM, SIGKILL } from '../../constants';
import { killGroup, killProcess, type Pid } from '../../signalling';
import { Deadlines } from './deadlines';
import type { Journal } from './journal';
import type { System } from './surroundings';

/** What a group has to end after SIGALRM, before it is killed. */
const KILL_AFTER_MS = 1000;
/**
 * How much later than its own alarm the time-out is of a child that may have gone on to its next client meanwhile: who hears
 * its alarm has ended by then.
 */
const OWN_ALARM_FIRST_MS = 1000;
/** Between two looks whether a group is there whose leader has ended: the kernel sends no word of its end. */
const LOOK_AGAIN_MS = 10;

/**
 * The process groups of the children. Each child leads one, so that what it starts ends with it: at its time-out, and at
 * the end of the server. What a child leaves behind that ends by itself is none of the server's business, nor is a
 * process that has left the group (setsid, setpgid).
 */
export class Groups {
  private readonly timeOuts = new Deadlines();
  private readonly kills = new Deadlines();
  /** Of groups whose leader has been reaped, and in which others are left: the number is theirs as long as there is one. */
  private readonly looks = new Deadlines();
  /** They were told to end. */
  private readonly condemned = new Set<Pid>();
  private readonly killed = new Set<Pid>();

  constructor(
    private readonly system: System,
    private readonly journal: Journal,
  ) {}

  /**
   * In the parent, after fork. The child does the same: whoever comes first, there is the group before it is signalled and
   * before the child starts anything (GNU C Library, "Launching Jobs").
   */
  lead(pid: Pid): void {
    this.system.c.setpgid(pid, pid); // EACCES: it is in its next program already, and has done it. ESRCH: it has ended
  }

  /** A child leads a group. @param timeout seconds; 0: none @param since when it was forked */
  made(pid: Pid, timeout: number, since: number): void {
    this.looks.delete(pid);
    this.forget(pid); // of a group of the same number, which has ended meanwhile
    if (timeout > 0) this.timeOuts.set(pid, since + timeout * 1000);
  }

  /** A child serves another client. @param timeout seconds; 0: none @param since when that was accepted */
  serves(pid: Pid, timeout: number, since: number): void {
    if (timeout > 0) this.timeOuts.set(pid, since + timeout * 1000 + OWN_ALARM_FIRST_MS);
  }

  /** It waits for its next one. */
  waits(pid: Pid): void {
    this.timeOuts.delete(pid);
  }

  /** In the child. */
  leadAsChild(): void {
    this.system.c.setpgid(0, 0);
  }

  /** Tells all of a group to end. Where its leader does and others do not, they are counted until the group has ended. */
  end(pid: Pid, signo: number): void {
    this.condemned.add(pid);
    this.signal(pid, signo);
  }

  /** Whether it was told to end: then it may count when it has. */
  isCondemned(pid: Pid): boolean {
    return this.condemned.has(pid);
  }

  killAll(pid: Pid): void {
    this.end(pid, SIGKILL);
    this.killed.add(pid);
    if (this.looks.has(pid)) this.looks.set(pid, Number.NEGATIVE_INFINITY);
    else killProcess(this.system.c, pid, SIGKILL); // it may have left its group
  }

  /**
   * A child has been reaped.
   * @param hasTimedOut its own alarm has ended it, before its time was over here
   * @returns whether it counts as before: it was told to end, and has left others of its group behind
   */
  isStillThere(pid: Pid, hasTimedOut: boolean): boolean {
    if (hasTimedOut && this.timeOuts.has(pid)) this.timeIsOver(pid);
    this.timeOuts.delete(pid);
    if (!this.condemned.has(pid) || this.killed.has(pid) || !this.hasMembers(pid)) {
      this.forget(pid);
      return false;
    }
    this.looks.set(pid, this.system.now() + LOOK_AGAIN_MS);
    return true;
  }

  /** When something is to be done by time; Infinity: never. */
  get deadline(): number {
    return Math.min(this.timeOuts.next, this.kills.next, this.looks.next);
  }

  /** Does what it is time for. @returns those that had lost their leader, and have ended or were killed */
  tend(): Pid[] {
    const now = this.system.now();
    for (const pid of this.timeOuts.due(now)) this.timeIsOver(pid);
    for (const pid of this.kills.due(now)) this.killAll(pid);
    return this.looks.due(now).filter((pid) => {
      const isLeft = !this.killed.has(pid) && this.hasMembers(pid);
      if (isLeft) this.looks.set(pid, now + LOOK_AGAIN_MS);
      else this.forget(pid);
      return !isLeft;
    });
  }

  private timeIsOver(pid: Pid): void {
    this.end(pid, SIGALRM);
    this.kills.set(pid, this.system.now() + KILL_AFTER_MS);
  }

  private forget(pid: Pid): void {
    this.kills.delete(pid);
    this.condemned.delete(pid);
    this.killed.delete(pid);
  }

  private hasMembers(pid: Pid): boolean {
    return killGroup(this.system.c, pid, 0) === 0 || this.system.c.errno() !== ESRCH;
  }

  /** A child that has left its group before anybody joined it is signalled alone. */
  private signal(pid: Pid, signo: number): void {
    const { c } = this.system;
    if (killGroup(c, pid, signo) === 0) return;
    if (c.errno() !== ESRCH) this.journal.error('kill', c.errno());
    else if (!this.looks.has(pid)) killProcess(c, pid, signo);
  }
}
