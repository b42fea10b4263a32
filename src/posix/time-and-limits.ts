import type { Calls } from '../native';
import type { Rlimit, Timespec } from '../types';
import { orThrow } from './or-throw';

/** sleep(3), nanosleep(2), getrlimit(2), setrlimit(2). */
export interface TimeAndLimitCalls {
  /** Sleeps, whole seconds. @returns the seconds left if a handler ran, else 0. sleep(3) */
  sleep(seconds: number): number;

  /**
   * Sleeps.
   * @param remaining is given what was left when a handler interrupted the call
   * @throws SyscallError EINTR
   * @see nanosleep(2)
   */
  nanosleep(request: Timespec, remaining?: Timespec): void;

  /** @param resource RLIMIT_NOFILE (whose soft limit Node raises at its start), RLIMIT_NPROC, ... getrlimit(2) */
  getrlimit(resource: number): Rlimit;

  /** @throws SyscallError EPERM (raising a hard limit), EINVAL. setrlimit(2) */
  setrlimit(resource: number, rlim: Rlimit): void;
}

export function timeAndLimitCalls(calls: Calls): TimeAndLimitCalls {
  return {
    sleep: (seconds) => calls.sleep(seconds),
    nanosleep: (request, remaining) => void orThrow('nanosleep', calls.nanosleep(request, remaining), request),
    getrlimit: (resource) => orThrow('getrlimit', calls.getrlimit(resource), resource),
    setrlimit: (resource, rlim) => void orThrow('setrlimit', calls.setrlimit(resource, rlim), resource, rlim),
  };
}
