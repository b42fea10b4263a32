import { EAGAIN, EINTR, ETIMEDOUT } from '../../constants';
import { native } from '../../native';
import { orThrow } from '../../posix/or-throw';
import { checkMilliseconds } from '../fork-child';
import { checkFrom0 } from '../pool/options';
import { sharedMemory, timespecOf } from './memory';

/**
 * A semaphore that this process shares with the children that it forks after it has made it. What a process that is killed has
 * taken it does not give back: semop(2) with SEM_UNDO does.
 * @see sem_wait(3), sem_overview(7), UNPv2 10
 */
export class SharedSemaphore {
  private readonly memory = sharedMemory(native.sizesOfLocks().semaphore);

  /** @param value how many may pass @throws SyscallError ENOMEM; TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
  constructor(value: number) {
    checkFrom0('SharedSemaphore', 'value', value);
    orThrow('sem_init', native.semaphoreInit(this.memory, value));
  }

  /**
   * Waits until its value is above 0, and takes one. Handlers of signals run meanwhile, and it goes on after them.
   * @param timeout milliseconds by the clock of the day; default: no limit @returns false: the time is over
   */
  wait(timeout?: number): boolean {
    if (timeout !== undefined) checkMilliseconds('wait', 'timeout', timeout);
    const until = timeout === undefined ? undefined : performance.now() + timeout;
    for (;;) {
      const left = until === undefined ? undefined : Math.max(0, until - performance.now());
      const result = native.semaphoreWait(this.memory, true, timespecOf(left));
      if (result === -ETIMEDOUT) return false;
      if (result === -EINTR) continue;
      orThrow('sem_wait', result);
      return true;
    }
  }

  /** Does not wait. @returns whether it has taken one */
  tryWait(): boolean {
    const result = native.semaphoreWait(this.memory, false, null);
    if (result !== -EAGAIN) orThrow('sem_trywait', result);
    return result === 0;
  }

  /** Gives one back, and wakes one of those that wait. @throws SyscallError EOVERFLOW */
  post(): void {
    orThrow('sem_post', native.semaphorePost(this.memory));
  }

  /** What it is at this moment. */
  get value(): number {
    return orThrow('sem_getvalue', native.semaphoreValue(this.memory));
  }
}
