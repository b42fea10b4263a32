import { SIGINT, SIGKILL, SIGTERM } from '../../constants';
import { signalName } from '../../describe';
import type { Children } from './children';
import type { Groups } from './groups';
import type { Journal } from './journal';
import type { System } from './surroundings';

/** What children have to end after SIGTERM, where the server was told to stop fast. */
const FAST_GRACE_MS = 1000;

/** The end of a server, from the first signal to stop on. */
export class Stopping {
  private isFast = false;
  /** When the children that are left are killed. */
  private killAt = Number.POSITIVE_INFINITY;
  private hasBegun = false;
  /** By a signal, and not because another serves. */
  private isTold = false;

  /** @param grace seconds */
  constructor(
    private readonly system: System,
    private readonly children: Children,
    private readonly groups: Groups,
    private readonly journal: Journal,
    private readonly grace: number,
  ) {}

  get begun(): boolean {
    return this.hasBegun;
  }

  /** Milliseconds; Infinity: nothing is to be done by time. */
  get deadline(): number {
    return this.killAt;
  }

  /** SIGTERM: the children may finish, in their time. SIGINT, or the second signal: they are told to end. */
  hear(signo: number): void {
    const fast = signo === SIGINT || this.isTold;
    if (this.isTold && this.isFast) return;
    this.hasBegun = true;
    this.isTold = true;
    this.isFast = fast;
    const milliseconds = fast ? Math.min(FAST_GRACE_MS, this.grace * 1000) : this.grace * 1000;
    this.killAt = this.system.now() + milliseconds;
    this.journal.tell({
      event: 'stopping',
      signal: signalName(signo),
      children: this.children.count,
      seconds: milliseconds / 1000,
    });
    if (fast) this.signalChildren(SIGTERM);
  }

  /** Another serves from now on: the children may take their time. */
  drain(): void {
    this.hasBegun = true;
  }

  killTheLate(): void {
    if (this.system.now() < this.killAt) return;
    this.killAt = Number.POSITIVE_INFINITY;
    this.signalChildren(SIGKILL);
  }

  /** Each number is still its child's, or of a group that the child has led. */
  private signalChildren(signo: number): void {
    if (this.children.count === 0) return;
    this.journal.tell({ event: 'killing', signal: signalName(signo), children: this.children.count });
    for (const pid of this.children.pids) {
      if (signo === SIGKILL) this.groups.killAll(pid);
      else this.groups.end(pid, signo);
    }
  }
}
