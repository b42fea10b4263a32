import { ECHILD, EINTR, WNOHANG } from '../../constants';
import { signalName } from '../../describe';
import { WEXITSTATUS, WIFEXITED, WTERMSIG } from '../../wait-status';
import type { Journal } from './journal';
import type { System } from './surroundings';

/** What exit(2) was given, or what killed it. */
export type HowEnded = { readonly status: number } | { readonly signal: string };

/** @param status of waitpid(2) */
export function howEnded(status: number): HowEnded {
  return WIFEXITED(status) ? { status: WEXITSTATUS(status) } : { signal: signalName(WTERMSIG(status)) };
}

/** All that have ended: SIGCHLD comes once for several. */
export function* reaped({ c }: System, journal: Journal): Generator<readonly [pid: number, how: HowEnded]> {
  for (;;) {
    const { pid, status } = c.waitpid(-1, WNOHANG);
    if (pid === 0) return;
    if (pid === -1) {
      const errno = c.errno();
      if (errno === EINTR) continue;
      if (errno !== ECHILD) journal.error('waitpid', errno); // the next SIGCHLD tries again
      return;
    }
    yield [pid, howEnded(status)];
  }
}
