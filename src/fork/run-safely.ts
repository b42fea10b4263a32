/** An uncaught exception of its own. */
function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

let report = throwLater;

/**
 * Has the errors of hooks told to `other` while `run` forks: for a parent whose event loop does not turn, where an uncaught
 * exception would wait, and be met by each child that has a loop. In the child an error is uncaught as ever.
 */
export function reportingErrors<Result>(other: (error: unknown) => void, run: () => Result): Result {
  const self = process.pid;
  report = (error) => (process.pid === self ? other(error) : throwLater(error));
  try {
    return run();
  } finally {
    report = throwLater;
  }
}

/** After a fork there is a child, and fork() has to return: an error becomes an uncaught exception of its own. */
export function runSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    report(error);
  }
}
