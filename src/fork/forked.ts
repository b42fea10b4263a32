/** The children that this process has made itself, by fork(2) or posix_spawn(3), for those who take the others (reapOrphans). */
interface Hearer {
  /** Called with the pid of each. Undefined: nobody wants to know. */
  tell: ((pid: number) => void) | undefined;
}

export const hearer: Hearer = { tell: undefined };

/** @param pid what the call gave: below 1 there is no child @returns the same */
export function tellOfChild(pid: number): number {
  if (pid > 0) hearer.tell?.(pid);
  return pid;
}
