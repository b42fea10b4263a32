/** The waits that have one signal. They share a listener: Node 20 warns of a leak where a signal has more than ten. */
class Waits {
  private readonly all = new Set<() => void>();
  private readonly abortAll = (): void => {
    for (const aborted of [...this.all]) aborted();
  };

  constructor(private readonly signal: AbortSignal) {}

  add(aborted: () => void): void {
    if (this.all.size === 0) this.signal.addEventListener('abort', this.abortAll, { once: true });
    this.all.add(aborted);
  }

  delete(aborted: () => void): void {
    this.all.delete(aborted);
    if (this.all.size === 0) this.signal.removeEventListener('abort', this.abortAll);
  }
}

const bySignal = new WeakMap<AbortSignal, Waits>();

function waitsOf(signal: AbortSignal): Waits {
  const waits = bySignal.get(signal) ?? new Waits(signal);
  bySignal.set(signal, waits);
  return waits;
}

/**
 * Has `aborted` called when the signal is aborted; not if it is already.
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal | undefined, aborted: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => {};
  const waits = waitsOf(signal);
  waits.add(aborted);
  return () => waits.delete(aborted);
}
