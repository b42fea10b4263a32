/** The children that this process has made itself, by fork(2) or posix_spawn(3), for those who take the others (reapOrphans). */
let told: ((pid: number) => void) | undefined;

/** Has `tell` called with the pid of each that is made from now on. */
export function hearOfChildren(tell: ((pid: number) => void) | undefined): void {
  told = tell;
}

/** @param pid what the call gave: below 1 there is no child @returns the same */
export function tellOfChild(pid: number): number {
  if (pid > 0) told?.(pid);
  return pid;
}
