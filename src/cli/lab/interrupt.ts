import { signalSelf } from '../../signalling';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs something that starts programs, so that Ctrl-C ends those as well: what is typed at the terminal is not for them,
 * as they have sessions of their own. Then this process ends as the signal would have had it.
 */
export async function untilInterrupted<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const aborting = new AbortController();
  let by: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    by ??= signal;
    aborting.abort(new Error(`interrupted by ${signal}`));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await run(aborting.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (by !== undefined) signalSelf(by);
  }
}
