import { SIG_BLOCK, SIG_SETMASK, SIGCHLD, SIGHUP, SIGINT, SIGTERM } from '../../constants';
import type { OldSignalAction } from '../../types';
import type { System } from './surroundings';

/** What the server hears of by signals. They are blocked, but for the time that it waits in ppoll. */
const SIGNALS: readonly number[] = [SIGCHLD, SIGHUP, SIGTERM, SIGINT];

/**
 * The signals of a server while it runs. Blocked first, then handled: a signal waits until ppoll lets it in. So none comes
 * between the look at what has come and the wait, and no child is reaped between fork and the note of its pid.
 */
export class TakenSignals {
  private readonly noted = new Set<number>();
  private oldActions: readonly [number, OldSignalAction][] = [];
  private oldMask: readonly number[] = [];

  private readonly heard: readonly number[];

  /** @param more what this server hears of besides */
  constructor(
    private readonly system: System,
    more: readonly number[],
  ) {
    this.heard = [...SIGNALS, ...more];
  }

  take(): void {
    const { posix } = this.system;
    this.oldMask = posix.sigprocmask(SIG_BLOCK, this.heard);
    const handler = (signo: number): void => void this.noted.add(signo);
    this.oldActions = this.heard.map((signo) => [signo, posix.sigaction(signo, { handler })]);
  }

  /** In the server at its end, and in each child. */
  giveBack(): void {
    const { posix } = this.system;
    for (const [signo, action] of this.oldActions) posix.sigaction(signo, action);
    posix.sigprocmask(SIG_SETMASK, this.oldMask);
  }

  /** Whether it has come since this was asked last. */
  hasCome(signo: number): boolean {
    return this.noted.delete(signo);
  }

  /**
   * Lets in what has come, where ppoll did not: it lets no signal in if a client is there. Nor does a second one that has
   * no time to wait, on FreeBSD 15 (kern_poll_kfds; TDA_PSELECT comes before TDA_SIG).
   * @returns whether any has come
   */
  letIn(): boolean {
    const { posix } = this.system;
    const before = posix.sigprocmask(SIG_SETMASK, this.maskInPoll());
    posix.sigprocmask(SIG_SETMASK, before);
    return this.noted.size > 0;
  }

  /** What is blocked while the server waits. */
  maskInPoll(): number[] {
    return this.oldMask.filter((signo) => !this.heard.includes(signo));
  }
}
