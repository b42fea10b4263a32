import { EAGAIN, EINTR, F_SETFL, MAP_ANONYMOUS, MAP_SHARED, O_NONBLOCK, PROT_READ, PROT_WRITE } from '../../constants';
import type { Unp } from '../../unp/wrappers';
import type { SharedAcceptLock } from './locks';

const FREE = 0;
/** The word that is the lock: FREE, or the pid of its holder. After it a word for each place: 1 while its child sleeps. */
const HOLDER = 0;
const SLEEPER = 1;

/**
 * UNP 30.8: a lock in memory that parent and children share (mmap, MAP_SHARED): as long as it is free, to take it is one
 * atomic instruction and no system call. Stevens has a mutex with PTHREAD_PROCESS_SHARED. Atomics.wait is none: it
 * is woken by threads of its own process only. Here who has to wait reads from a pipe, in which a release puts a byte.
 *
 * No wake-up is lost: who waits says so, and then tries once more; who releases frees the lock, and then looks for those
 * who wait. Whichever comes first, one sees the other. A byte too many does no harm: its reader finds the lock taken,
 * and reads on; and a full pipe has more bytes than there are readers.
 *
 * A child that dies with the lock, or with the byte that was another's wake-up as well, would stop all of them. The
 * parent learns of each death: it takes the lock from the dead, whose pid is nobody else's until then, and wakes one.
 */
export function sharedLock(unp: Unp, children: number): SharedAcceptLock {
  const { Mmap, Pipe, Fcntl, read, write, getpid, errno, err_sys } = unp;
  const bytes = Int32Array.BYTES_PER_ELEMENT * (SLEEPER + children);
  const words = new Int32Array(Mmap(bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS), 0, SLEEPER + children);
  const [readfd, writefd] = Pipe();
  Fcntl(writefd, F_SETFL, O_NONBLOCK);

  function wake(): void {
    for (let place = 0; place < children; ++place) {
      if (Atomics.load(words, SLEEPER + place) === 0) continue;
      while (write(writefd, 'x') === -1) {
        if (errno() === EAGAIN) return; /* full of bytes that wake */
        if (errno() !== EINTR) err_sys('write error for my_lock_release');
      }
      return;
    }
  }

  function sleep(byte: Uint8Array): void {
    while (read(readfd, byte) === -1) if (errno() !== EINTR) err_sys('read error for my_lock_wait');
  }

  return {
    inChild(place) {
      const pid = getpid();
      const byte = new Uint8Array(1);
      const take = (): boolean => Atomics.compareExchange(words, HOLDER, FREE, pid) === FREE;
      return {
        wait() {
          while (!take()) {
            Atomics.store(words, SLEEPER + place, 1);
            const hasIt = take(); /* released since: nobody knew of this sleeper */
            if (!hasIt) sleep(byte);
            Atomics.store(words, SLEEPER + place, 0);
            if (hasIt) return;
          }
        },
        release() {
          Atomics.store(words, HOLDER, FREE);
          wake();
        },
      };
    },
    died(place, pid) {
      Atomics.store(words, SLEEPER + place, 0);
      Atomics.compareExchange(words, HOLDER, pid, FREE);
      wake();
    },
  };
}
