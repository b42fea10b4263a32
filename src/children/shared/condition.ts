import { ETIMEDOUT } from '../../constants';
import { native } from '../../native';
import { orThrow } from '../../posix/or-throw';
import { checkMilliseconds } from '../fork-child';
import { sharedMemory, timespecOf } from './memory';
import { type Found, foundBy, type SharedMutex } from './mutex';

/**
 * A condition variable that this process shares with the children that it forks after it has made it. It is waited for in a
 * loop that looks whether the state is the awaited one: a wait may end without a reason.
 * @see pthread_cond_wait(3), UNPv2 7.5
 */
export class SharedCondition {
  private readonly memory = sharedMemory(native.sizesOfLocks().condition);

  /** @throws SyscallError ENOMEM */
  constructor() {
    orThrow('pthread_cond_init', native.conditionInit(this.memory));
  }

  /**
   * Lets the mutex go, waits, and has it again.
   * @param mutex this process has it @param timeout milliseconds; default: no limit
   * @returns how the mutex was found; 'timeout': the time is over, and this process has the mutex
   * @throws SyscallError EPERM: this process does not have the mutex; RangeError ERR_OUT_OF_RANGE
   */
  wait(mutex: SharedMutex, timeout?: number): Found | 'timeout' {
    if (timeout !== undefined) checkMilliseconds('wait', 'timeout', timeout);
    const result = native.conditionWait(this.memory, mutex.memory, timespecOf(timeout));
    return result === -ETIMEDOUT ? 'timeout' : foundBy('pthread_cond_wait', result);
  }

  /** Wakes one of those that wait, if any do. */
  signal(): void {
    orThrow('pthread_cond_signal', native.conditionWake(this.memory, false));
  }

  /** Wakes all of them. */
  broadcast(): void {
    orThrow('pthread_cond_broadcast', native.conditionWake(this.memory, true));
  }
}
