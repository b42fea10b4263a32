import type { Calls } from '../native';
import type { PollRequest, PollResult, ReadyDescriptors, Timespec, Timeval } from '../types';
import { orThrow } from './or-throw';

/** Waiting for several descriptors at a time: poll(2), ppoll(2), select(2), pselect(2). */
export interface MultiplexingCalls {
  /**
   * Waits until one of the descriptors is ready for what it is asked.
   * @param fds an entry with a negative fd is passed over
   * @param timeout milliseconds; -1: for ever; 0: not at all
   * @returns all of `fds`, each in its place, with `revents`: 0 where nothing has happened, and everywhere if the
   *   time is over. It may be given to the next poll as it is.
   * @throws SyscallError EINTR (whatever SA_RESTART says), EINVAL, ENOMEM
   * @see poll(2), UNP 6.10
   */
  poll(fds: readonly PollRequest[], timeout: number): PollResult[];

  /**
   * poll with a finer time limit, and with the signals of `sigmask`, and no others, blocked for as long as it waits.
   * Block a signal, look at what its handler has noted, and wait with it unblocked: it cannot come in between unseen.
   * @param timeout null or left out: none
   * @param sigmask left out: the mask stays as it is
   * @returns as poll. If a descriptor is ready already, a signal that waits goes on waiting.
   * @throws SyscallError EINTR: a handler has run; EINVAL, ENOMEM
   * @see ppoll(2), UNP 20.5 (of pselect)
   */
  ppoll(fds: readonly PollRequest[], timeout?: Timespec | null, sigmask?: readonly number[]): PollResult[];

  /**
   * Waits until one of the descriptors is ready. poll has no limit on their numbers: these must be below FD_SETSIZE.
   * @param timeout null or left out: none; all zero: it does not wait
   * @returns those of each set that are ready; none if the time is over
   * @throws SyscallError EINTR (whatever SA_RESTART says), EBADF, EINVAL; RangeError for a descriptor past FD_SETSIZE
   * @see select(2), UNP 6.3
   */
  select(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timeval | null,
  ): ReadyDescriptors;

  /** select with a finer time limit and, for as long as it waits, another mask: see ppoll. pselect(2), UNP 6.9, 20.5 */
  pselect(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timespec | null,
    sigmask?: readonly number[],
  ): ReadyDescriptors;
}

export function multiplexingCalls(calls: Calls): MultiplexingCalls {
  return {
    poll: (fds, timeout) => orThrow('poll', calls.poll(fds, timeout), fds, timeout),
    ppoll: (fds, timeout = null, sigmask) =>
      orThrow('ppoll', calls.ppoll(fds, timeout, sigmask), fds, timeout, ...(sigmask === undefined ? [] : [sigmask])),
    select: (readfds, writefds, exceptfds, timeout = null) =>
      orThrow('select', calls.select(readfds, writefds, exceptfds, timeout), readfds, writefds, exceptfds, timeout),
    pselect: (readfds, writefds, exceptfds, timeout = null, sigmask) =>
      orThrow(
        'pselect',
        calls.pselect(readfds, writefds, exceptfds, timeout, sigmask),
        ...[readfds, writefds, exceptfds, timeout],
        ...(sigmask === undefined ? [] : [sigmask]),
      ),
  };
}
