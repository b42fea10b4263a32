/**
 * What other processes have written before now is heard of in the next turn of the event loop: it is with the kernel, and
 * is read then.
 */
export async function heard(): Promise<void> {
  for (let turn = 0; turn < 2; ++turn) await new Promise((resolve) => setImmediate(resolve));
}
