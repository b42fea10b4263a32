import { EBUSY, EOWNERDEAD } from '../../constants';
import { native } from '../../native';
import { orThrow } from '../../posix/or-throw';
import { checkFunction } from '../in-child';
import { sharedMemory } from './memory';

/**
 * How a mutex was found. 'owner died': who had it has ended without unlock(). It is this process's now, and the data that it
 * guards may be half changed.
 */
export type Found = 'free' | 'owner died';

/** Those that this process has: the C library links them with one another, so the memory of none may be given back. */
const held = new Set<SharedMutex>();

/** @throws SyscallError of pthread_mutex_lock(3), but for the owner's death */
export function foundBy(call: string, result: number): Found {
  if (result === -EOWNERDEAD) return 'owner died';
  orThrow(call, result);
  return 'free';
}

/**
 * A mutex that this process shares with the children that it forks after it has made it. Made with PTHREAD_PROCESS_SHARED,
 * PTHREAD_MUTEX_ROBUST and PTHREAD_MUTEX_ERRORCHECK: one whose owner is killed is the next one's, and is told so.
 * A page of memory each.
 *
 * Who waits stands still, its event loop and its handlers of signals too: hold it for a moment.
 * @see pthread_mutex_lock(3), pthread_mutexattr_setrobust(3), UNPv2 7
 */
export class SharedMutex {
  /** For SharedCondition. */
  readonly memory = sharedMemory(native.sizesOfLocks().mutex);

  /** @throws SyscallError ENOMEM */
  constructor() {
    orThrow('pthread_mutex_init', native.mutexInit(this.memory));
  }

  /** Waits for it. @throws SyscallError EDEADLK: this process has it already; ENOTRECOVERABLE */
  lock(): Found {
    const found = foundBy('pthread_mutex_lock', native.mutexLock(this.memory, true));
    held.add(this);
    return found;
  }

  /** Does not wait. @returns undefined: another has it @throws SyscallError EDEADLK: this process has it; ENOTRECOVERABLE */
  tryLock(): Found | undefined {
    const result = native.mutexLock(this.memory, false);
    if (result === -EBUSY) return undefined;
    const found = foundBy('pthread_mutex_trylock', result);
    held.add(this);
    return found;
  }

  /** @throws SyscallError EPERM: this process does not have it */
  unlock(): void {
    orThrow('pthread_mutex_unlock', native.mutexUnlock(this.memory));
    held.delete(this);
  }

  /**
   * Calls a function while this process has it.
   * @param run must not be async: it would go on when the mutex is another's @returns what it returns
   * @throws what it throws; SyscallError as lock()
   */
  locked<Result>(run: (found: Found) => Result): Result {
    checkFunction('locked', 'run', run);
    const found = this.lock();
    try {
      return run(found);
    } finally {
      this.unlock();
    }
  }
}
