import { EINTR, POLLIN } from '../../constants';
import { SyscallError } from '../../errno';
import type { PollResult, Timespec } from '../../types';
import type { System } from './surroundings';
import type { TakenSignals } from './taken-signals';

/** Undefined: a signal has come. */
function poll(
  { calls }: System,
  asked: readonly { readonly fd: number }[],
  patience: Timespec | null,
  mask: readonly number[],
): readonly PollResult[] | undefined {
  const request = asked.map(({ fd }) => ({ fd, events: POLLIN }));
  const polled = calls.ppoll(request, patience, mask);
  if (polled === -EINTR) return undefined;
  if (typeof polled === 'number') throw new SyscallError('ppoll', polled);
  return polled;
}

/** How long from `now` until `until`, both in milliseconds; null for ever. */
export function patience(now: number, until: number): Timespec | null {
  if (until === Number.POSITIVE_INFINITY) return null;
  const nanoseconds = Math.ceil(Math.max(0, until - now) * 1e6);
  return { tv_sec: Math.trunc(nanoseconds / 1e9), tv_nsec: nanoseconds % 1e9 };
}

/** Waits for a signal, or for a client of these. @returns those that have one; none where a signal has come */
export function waitForClients<Asked extends { readonly fd: number }>(
  system: System,
  asked: readonly Asked[],
  time: Timespec | null,
  signals: TakenSignals,
): Asked[] {
  const polled = poll(system, asked, time, signals.maskInPoll());
  const ready = asked.filter((_listener, index) => (polled?.[index]?.revents ?? 0) !== 0);
  // A server that is never idle would reap nobody, and not hear SIGTERM.
  return ready.length > 0 && signals.letIn() ? [] : ready;
}
