/** realfork/children: SharedMutex, SharedCondition, SharedSemaphore. */

import {
  _exit,
  fork,
  kill,
  MAP_ANONYMOUS,
  MAP_SHARED,
  mmap,
  PROT_READ,
  PROT_WRITE,
  pause,
  pipe,
  read,
  SA_RESTART,
  SIGKILL,
  SIGUSR1,
  sigaction,
  waitpid,
  write,
} from 'realfork';
import { inChild, SharedCondition, SharedMutex, SharedSemaphore } from 'realfork/children';
import { untilAsleep } from '../support/proc';
import { report, scenarios } from '../support/scenarios';

const words = (count: number): Int32Array =>
  new Int32Array(mmap(count * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS), 0, count);

/** A child that runs a function and ends. @returns its pid */
function child(run: () => void): number {
  const pid = fork();
  if (pid > 0) return pid;
  let status = 0;
  try {
    run();
  } catch (error) {
    console.error(error);
    status = 1;
  }
  return _exit(status);
}

const statusOf = (pid: number): number => waitpid(pid).status;

function codeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

scenarios({
  /** Four children add to one number, which no addition of theirs may lose. */
  count() {
    const mutex = new SharedMutex();
    const sum = words(1);
    const add = (): void => {
      for (let times = 0; times < 5000; ++times) mutex.locked(() => sum.set([(sum[0] ?? 0) + 1]));
    };
    const children = Array.from({ length: 4 }, () => child(add));
    report([children.map(statusOf), sum[0]]);
  },

  owner() {
    const mutex = new SharedMutex();
    report([codeOf(() => mutex.unlock()), mutex.lock(), codeOf(() => mutex.lock()), codeOf(() => mutex.tryLock())]);
    const other = child(() => _exit(mutex.tryLock() === undefined ? 0 : 1));
    report(statusOf(other));
    mutex.unlock();
    const [readfd, writefd] = pipe();
    const owner = child(() => {
      mutex.lock();
      write(writefd, 'x');
      pause();
    });
    read(readfd, Buffer.alloc(1));
    const waits = child(() => _exit(mutex.lock() === 'owner died' ? 0 : 1));
    untilAsleep(waits);
    kill(owner, SIGKILL);
    report([statusOf(owner), statusOf(waits), mutex.lock()]); // the one that waited has ended with it as well
    mutex.unlock();
    report(mutex.locked((found) => found));
  },

  /** Children wait for a number to come, one for each; a broadcast wakes those that are left. */
  condition() {
    const [mutex, changed] = [new SharedMutex(), new SharedCondition()];
    const state = words(2);
    const wait = (): void => {
      mutex.lock();
      while ((state[0] ?? 0) === 0) changed.wait(mutex);
      state.set([(state[0] ?? 0) - 1, (state[1] ?? 0) + 1]);
      mutex.unlock();
    };
    const children = Array.from({ length: 3 }, () => child(wait));
    for (const pid of children) untilAsleep(pid);
    mutex.locked(() => state.set([1]));
    changed.signal();
    while ((state[1] ?? 0) < 1);
    mutex.locked(() => state.set([2]));
    changed.broadcast();
    report([children.map(statusOf), state[0], state[1]]);
    mutex.lock();
    report([changed.wait(mutex, 20), codeOf(() => changed.wait(mutex, -1))]);
    mutex.unlock();
    report(codeOf(() => changed.wait(mutex, 20)));
  },

  semaphore() {
    const semaphore = new SharedSemaphore(2);
    const inside = words(2);
    const pass = (): void => {
      semaphore.wait();
      const now = Atomics.add(inside, 0, 1) + 1;
      for (let most = inside[1] ?? 0; now > most; most = inside[1] ?? 0) Atomics.compareExchange(inside, 1, most, now);
      for (let turns = 0; turns < 1e5; ++turns);
      Atomics.sub(inside, 0, 1);
      semaphore.post();
    };
    const children = Array.from({ length: 6 }, () => child(() => Array.from({ length: 50 }, pass)));
    report([children.map(statusOf), (inside[1] ?? 0) <= 2, semaphore.value]);
    report([semaphore.tryWait(), semaphore.wait(), semaphore.tryWait(), semaphore.wait(20)]);
    report([codeOf(() => new SharedSemaphore(-1)), codeOf(() => semaphore.wait(Number.NaN))]);
  },

  /** A handler of a signal runs while a child waits, with SA_RESTART and without. */
  handler() {
    for (const flags of [0, SA_RESTART]) {
      const semaphore = new SharedSemaphore(0);
      const seen = words(1);
      const waits = child(() => {
        sigaction(SIGUSR1, { handler: () => void Atomics.add(seen, 0, 1), mask: [], flags });
        semaphore.wait();
      });
      untilAsleep(waits);
      kill(waits, SIGUSR1);
      while (Atomics.load(seen, 0) === 0);
      semaphore.post();
      report([statusOf(waits), seen[0]]);
    }
  },

  async 'with inChild'() {
    const mutex = new SharedMutex();
    const sum = words(1);
    const add = (): void => mutex.locked(() => sum.set([(sum[0] ?? 0) + 1]));
    await Promise.all(Array.from({ length: 5 }, () => inChild(add)));
    report(sum[0]);
  },
});
