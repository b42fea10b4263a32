import type { TaskChild } from '../task-child';
import type { Job } from './job';

/** A child of a pool, as seen from outside. */
export interface PoolChild {
  readonly pid: number;
  /** How many it has done. */
  readonly tasks: number;
  readonly isBusy: boolean;
  /** Milliseconds since its fork. */
  readonly age: number;
}

/** A child of a pool, and what it is at. */
export class Member {
  tasks = 0;
  job: Job | undefined;
  /** It takes no more tasks. */
  isLeaving = false;
  idleTimer: NodeJS.Timeout | undefined;
  private readonly bornAt = performance.now();

  /** @param generation how often the pool had been refreshed when it was forked */
  constructor(
    readonly child: TaskChild,
    readonly generation: number,
  ) {}

  get pid(): number {
    return this.child.child.pid;
  }

  get view(): PoolChild {
    const { pid, tasks, job, bornAt } = this;
    return { pid, tasks, isBusy: job !== undefined, age: performance.now() - bornAt };
  }
}
