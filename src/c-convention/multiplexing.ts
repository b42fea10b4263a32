import type { Calls } from '../native';
import type { PollRequest, PollResult, ReadyDescriptors, Timespec, Timeval } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** poll(2), select(2) and their kin, as C has them. */
export interface MultiplexingCalls {
  poll(fds: readonly PollRequest[], timeout: number): OrMinusOne<PollResult[]>;
  ppoll(fds: readonly PollRequest[], timeout?: Timespec | null, sigmask?: readonly number[]): OrMinusOne<PollResult[]>;
  select(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timeval | null,
  ): OrMinusOne<ReadyDescriptors>;
  pselect(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout?: Timespec | null,
    sigmask?: readonly number[],
  ): OrMinusOne<ReadyDescriptors>;
}

export function multiplexingCalls(calls: Calls, { struct }: Convention): MultiplexingCalls {
  return {
    poll: struct(calls.poll),
    ppoll: struct(calls.ppoll),
    select: struct(calls.select),
    pselect: struct(calls.pselect),
  };
}
