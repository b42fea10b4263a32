/** Signals near the end of the stack. */
import { raise, SIG_BLOCK, SIG_UNBLOCK, SIGUSR1, sigaction, sigprocmask } from 'realfork/c';
import { report, scenarios } from '../support/scenarios';

scenarios({
  /** Signals in calls that are made deeper and deeper, up to the end of the stack: what these throw, by its kinds. */
  nearTheEndOfTheStack(call = '') {
    const thrown = new Set<string>();
    const kindOf = (error: unknown): string =>
      error instanceof Error ? `${error.name}: ${error.message}` : `${error}`;
    process.on('uncaughtException', (error) => thrown.add(kindOf(error)));
    let runs = 0;
    sigaction(SIGUSR1, () => {
      runs += 1;
    });
    const signalled: Readonly<Record<string, () => void>> = {
      raise: () => raise(SIGUSR1),
      sigprocmask() {
        sigprocmask(SIG_BLOCK, [SIGUSR1]);
        raise(SIGUSR1);
        sigprocmask(SIG_UNBLOCK, [SIGUSR1]);
      },
    };
    const signal = signalled[call];
    if (signal === undefined) throw new Error(`no call ${call}`);
    const deeper = (): number => {
      signal();
      return 1 + deeper();
    };
    for (let i = 0; i < 3; ++i) {
      try {
        deeper();
      } catch (error) {
        thrown.add(kindOf(error));
      }
      sigprocmask(SIG_UNBLOCK, [SIGUSR1]);
    }
    report({ thrown: [...thrown], hasRun: runs > 1000 });
  },
});
