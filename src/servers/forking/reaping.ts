import { ECHILD, WNOHANG } from '../../constants';
import { signalName } from '../../describe';
import { SyscallError } from '../../errno';
import { WEXITSTATUS, WIFEXITED, WTERMSIG } from '../../wait-status';
import type { System } from './surroundings';

/** What exit(2) was given, or what killed it. */
export type HowEnded = { readonly status: number } | { readonly signal: string };

/** All that have ended: SIGCHLD comes once for several. */
export function* reaped({ c }: System): Generator<readonly [pid: number, how: HowEnded]> {
  for (;;) {
    const { pid, status } = c.waitpid(-1, WNOHANG);
    if (pid === 0) return;
    if (pid === -1) {
      if (c.errno() === ECHILD) return;
      throw new SyscallError('waitpid', -c.errno(), [-1, WNOHANG]);
    }
    yield [pid, WIFEXITED(status) ? { status: WEXITSTATUS(status) } : { signal: signalName(WTERMSIG(status)) }];
  }
}
