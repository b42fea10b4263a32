import { calls } from '../../calls';
import { MAP_ANONYMOUS, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../constants';
import { orThrow } from '../../posix/or-throw';

/** Memory that this process shares with the children that it forks from here on. @throws SyscallError ENOMEM. mmap(2) */
export function sharedMemory(bytes: number): Uint8Array {
  const args = [bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS] as const;
  return new Uint8Array(orThrow('mmap', calls.mmap(...args), ...args), 0, bytes);
}

/** Seconds and nanoseconds, of milliseconds. Undefined: for ever. */
export function timespecOf(milliseconds: number | undefined): { tv_sec: number; tv_nsec: number } | null {
  if (milliseconds === undefined || milliseconds === Number.POSITIVE_INFINITY) return null;
  const tv_sec = Math.floor(milliseconds / 1000);
  return { tv_sec, tv_nsec: Math.floor((milliseconds - tv_sec * 1000) * 1e6) };
}
