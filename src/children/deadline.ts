import { onAbort } from '../abort-listeners';
import type { ForkedChild } from './forked-child';

/** When a child is told to end before it is done. */
export interface Deadline {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from its fork. */
  readonly timeout?: number | undefined;
}

/** Tells a child to end when the signal is aborted, or its time is over. */
export class Ultimatum {
  /** Why it was told to end. */
  reason: unknown;
  isGiven = false;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly forgetSignal: () => void;

  constructor(
    private readonly child: ForkedChild,
    { signal, timeout }: Deadline,
    private readonly forceKillAfter: number,
  ) {
    if (timeout !== undefined) this.timer = setTimeout(() => this.give(timedOut(timeout)), timeout);
    const abort = (): void => this.give(signal?.reason);
    this.forgetSignal = onAbort(signal, abort);
    if (signal?.aborted === true) abort();
  }

  private give(reason: unknown): void {
    if (this.isGiven) return;
    this.isGiven = true;
    this.reason = reason;
    this.child.terminate(this.forceKillAfter);
  }

  /** The child has ended. */
  withdraw(): void {
    clearTimeout(this.timer);
    this.forgetSignal();
  }
}

/** As the reason of AbortSignal.timeout(). */
function timedOut(milliseconds: number): DOMException {
  return new DOMException(`The child was not done after ${milliseconds} ms`, 'TimeoutError');
}
