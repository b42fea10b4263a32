/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Never by itself, though the event loop is alive. */
export const forever = (): Promise<never> => new Promise(() => void setInterval(() => {}, 1000));
