import { SIGRTMIN, SIGUSR1, sigaction, WNOHANG, waitpid } from 'realfork/c';

/** Nanoseconds of CLOCK_MONOTONIC, the same clock in every process. */
export const now = (): bigint => process.hrtime.bigint();

/** What the handler has seen. */
export interface Seen {
  usr1: number;
  realtime: number;
  lastUsr1: bigint;
  /** Children that a handler has waited for, and their statuses. */
  readonly reaped: Map<number, number>;
}

/** What a handler has made lately: it allocates each time, and part of that stays for a while. */
const KEPT = 256;
const kept: object[] = new Array<object>(KEPT);

/** Installs the handler under test for both signals. What it has seen is counted in what it returns. */
export function handleStorm(flags: number): Seen {
  const seen: Seen = { usr1: 0, realtime: 0, lastUsr1: 0n, reaped: new Map() };
  const handler = (signo: number): void => {
    const time = now();
    kept[(seen.usr1 + seen.realtime) % KEPT] = { signo, text: `signal ${signo} at ${time}`, more: new Array(16) };
    const { pid, status } = waitpid(-1, WNOHANG);
    if (pid > 0) seen.reaped.set(pid, status);
    if (signo === SIGUSR1) {
      seen.usr1 += 1;
      seen.lastUsr1 = time;
    } else {
      seen.realtime += 1;
    }
  };
  for (const signo of [SIGUSR1, SIGRTMIN]) sigaction(signo, { handler, flags });
  return seen;
}
