import type { Calls } from '../native';
import type { PollRequest, PollResult, Timespec } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** poll(2) and ppoll(2), as C has them. */
export interface MultiplexingCalls {
  poll(fds: readonly PollRequest[], timeout: number): OrMinusOne<PollResult[]>;
  ppoll(fds: readonly PollRequest[], timeout?: Timespec | null, sigmask?: readonly number[]): OrMinusOne<PollResult[]>;
}

export function multiplexingCalls(calls: Calls, { struct }: Convention): MultiplexingCalls {
  return { poll: struct(calls.poll), ppoll: struct(calls.ppoll) };
}
