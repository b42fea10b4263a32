import { EINTR, POLLIN } from '../../constants';
import type { PollResult, Timespec } from '../../types';
import type { Journal } from './journal';
import type { System } from './surroundings';
import type { TakenSignals } from './taken-signals';

/** Between two tries of a ppoll that fails. */
const RETRY: Timespec = { tv_sec: 0, tv_nsec: 100_000_000 };

/** How long from `now` until `until`, both in milliseconds; null for ever. */
export function patience(now: number, until: number): Timespec | null {
  if (until === Number.POSITIVE_INFINITY) return null;
  const nanoseconds = Math.ceil(Math.max(0, until - now) * 1e6);
  return { tv_sec: Math.trunc(nanoseconds / 1e9), tv_nsec: nanoseconds % 1e9 };
}

/** Waits in ppoll, the one call in which signals come. */
export class Waiting {
  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly signals: TakenSignals,
  ) {}

  /**
   * Waits for a signal, or for a client of these. @returns those that have one: none where a signal has come, and none, after
   * a while, where ppoll fails: for want of memory (ENOMEM), or of the right to as many descriptors (EINVAL, RLIMIT_NOFILE).
   */
  forClients<Asked extends { readonly fd: number }>(asked: readonly Asked[], time: Timespec | null): readonly Asked[] {
    const mask = this.signals.maskInPoll();
    const polled = this.poll(asked, time, mask);
    if (polled === 'a signal') return [];
    if (polled === 'failed') return [];
    const ready = asked.filter((_listener, index) => (polled[index]?.revents ?? 0) !== 0);
    // A server that is never idle would reap nobody, and not hear SIGTERM.
    return ready.length > 0 && this.signals.letIn() ? [] : ready;
  }

  /** ppoll has failed. The server must neither spin nor be deaf: a signal ends the wait. */
  failed(errno: number): void {
    this.journal.error('ppoll', errno);
    this.signals.asProgram(() => this.system.calls.nanosleep(RETRY));
  }

  private poll(
    asked: readonly { readonly fd: number }[],
    time: Timespec | null,
    mask: readonly number[],
  ): readonly PollResult[] | 'a signal' | 'failed' {
    const request = asked.map(({ fd }) => ({ fd, events: POLLIN }));
    const polled = this.system.calls.ppoll(request, time, mask);
    if (typeof polled !== 'number') return polled;
    if (polled === -EINTR) return 'a signal';
    this.failed(-polled);
    return 'failed';
  }
}
