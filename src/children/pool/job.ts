import { onAbort } from '../../abort-listeners';

/** What is wanted of a task. */
export interface JobRequest {
  readonly name: string;
  readonly data: unknown;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  readonly retries: number;
}

/** A task, from run() to its end: it settles once. */
export class Job {
  readonly promise: Promise<unknown>;
  readonly queuedAt = performance.now();
  retriesLeft: number;
  private resolve: (value: unknown) => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private isSettled = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly forgetSignal: () => void;

  /** @param abandoned it is settled before it is done: aborted, or its time is over */
  constructor(
    readonly request: JobRequest,
    private readonly abandoned: (job: Job) => void,
  ) {
    this.retriesLeft = request.retries;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const { signal } = request;
    this.forgetSignal = onAbort(signal, () => this.abandon(signal?.reason));
  }

  /** A child begins with it. */
  begin(): void {
    const { timeout } = this.request;
    if (timeout === undefined) return;
    this.timer = setTimeout(
      () => this.abandon(new DOMException(`The task was not done after ${timeout} ms`, 'TimeoutError')),
      timeout,
    );
  }

  /** Nobody waits for it any more. */
  abandon(reason: unknown): void {
    if (this.isSettled) return;
    this.fail(reason);
    this.abandoned(this);
  }

  /** Its child has died, and another is to have it. */
  beginAgain(): void {
    this.retriesLeft -= 1;
    clearTimeout(this.timer);
  }

  get isOver(): boolean {
    return this.isSettled;
  }

  succeed(value: unknown): void {
    this.settle();
    this.resolve(value);
  }

  fail(error: unknown): void {
    this.settle();
    this.reject(error);
  }

  private settle(): void {
    this.isSettled = true;
    clearTimeout(this.timer);
    this.forgetSignal();
  }
}
