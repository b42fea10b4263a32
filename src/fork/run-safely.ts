/** After a fork there is a child, and fork() has to return: an error becomes an uncaught exception of its own. */
export function runSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
