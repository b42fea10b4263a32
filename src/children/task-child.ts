import type { ParentLink } from './child-side';
import { Draining } from './draining';
import { type ChildSettings, forkChild } from './fork-child';
import { type Ending, type ForkedChild, readingSocket } from './forked-child';
import { type FrameKind, FrameReader } from './frames';
import { dropInChildren } from './own-ends';
import { receivedError, type Thrown } from './thrown';

/** Does one task. In the child. */
export type DoTask = (task: unknown) => unknown;

/** What a child tells with each result: what it measures of itself. */
export type Measure = () => unknown;

/**
 * In the child: does the tasks that its parent sends, one after the other, until no more come. It reads by a socket of its
 * event loop, which turns between the tasks, and in those that wait.
 */
function serveTasks(link: ParentLink, doTask: DoTask, measure: Measure | undefined): Promise<void> {
  const perform = async (task: unknown): Promise<void> => {
    try {
      const value = await doTask(task);
      link.send('value', measure === undefined ? [value] : [value, measure()]);
    } catch (error) {
      link.sendError('error', error);
    }
  };
  const reader = new FrameReader((_kind, task) => void perform(task));
  const { socket, end } = endOf(readingSocket(link.fd, (chunk) => reader.push(chunk)));
  dropInChildren(() => socket.drop());
  return end;
}

function endOf(socket: ReturnType<typeof readingSocket>): { readonly socket: Draining; readonly end: Promise<void> } {
  const end = new Promise<void>((resolve) => void socket.once('end', resolve).once('close', resolve));
  return { socket: new Draining(socket), end };
}

/** A task under way. */
interface Running {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a child that does tasks is. */
export interface TaskBirth {
  readonly settings: ChildSettings;
  readonly doTask: DoTask;
  readonly measure?: Measure | undefined;
  /** Ends the wait for the fork. */
  readonly signal?: AbortSignal;
  /** As of ForkedChild. Default: true. */
  readonly isWatched?: boolean;
}

/** Its parent's half of a child that does tasks. */
export class TaskChild {
  private running: Running | undefined;
  /** What it measured of itself, when its last task was done. */
  measured: unknown;
  /** It ends, by this error of its own: it takes no more tasks. */
  fatal: { readonly error: unknown } | undefined;
  /** How it has ended; undefined: it has not. */
  ending: Ending | undefined;
  readonly ended: Promise<Ending>;

  private constructor(
    readonly child: ForkedChild,
    private readonly settings: ChildSettings,
  ) {
    this.ended = child.ended.then((ending) => {
      this.ending = ending;
      this.settle((running) => running.reject(child.errorOf(ending)));
      return ending;
    });
  }

  /** @throws (rejects with) as forkChild() */
  static async fork(
    call: string,
    { settings, signal, isWatched = true, doTask, measure }: TaskBirth,
  ): Promise<TaskChild> {
    let self: TaskChild | undefined;
    const child = await forkChild(call, {
      ...{ settings, signal, isWatched },
      onFrame: (kind, value) => self?.hear(kind, value),
      onBroken: (error) => self?.die(error),
      work: (link) => serveTasks(link, doTask, measure),
    });
    self = new TaskChild(child, settings);
    return self;
  }

  private settle(how: (running: Running) => void): void {
    const { running } = this;
    this.running = undefined;
    if (running !== undefined) how(running);
  }

  private die(error: unknown): void {
    this.fatal ??= { error };
    this.settle((running) => running.reject(error));
  }

  private hear(kind: FrameKind, value: unknown): void {
    if (kind === 'value') {
      const [result, measured] = value as readonly [unknown, unknown?];
      this.measured = measured;
      this.settle((running) => running.resolve(result));
      return;
    }
    const error = receivedError(value as Thrown, this.settings.errorClasses);
    if (kind === 'fatal') this.die(error);
    else this.settle((running) => running.reject(error));
  }

  get isBusy(): boolean {
    return this.running !== undefined;
  }

  /**
   * Has it do a task. One at a time.
   * @throws (rejects with) what the task throws; ChildExited, ChildKilled; DOMException DataCloneError
   */
  run(task: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.fatal !== undefined) reject(this.fatal.error);
      else if (this.ending !== undefined) reject(this.child.errorOf(this.ending));
      else {
        this.child.send(task);
        this.running = { resolve, reject };
      }
    });
  }

  /** No more tasks: it ends when it has done its last. */
  finish(): Promise<Ending> {
    this.child.finish();
    return this.ended;
  }

  /** It is told to end, and is killed if it will not. */
  terminate(): Promise<Ending> {
    this.child.terminate(this.settings.forceKillAfter);
    return this.ended;
  }
}
