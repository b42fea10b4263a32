import { calls } from '../calls';
import { checkNumber, outOfRange, wrongType } from '../checked';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../constants';
import { type ForkSettings, forkAs, forkSettings } from '../fork/fork';
import { checkSignal, whenIdle, withoutPatience } from '../fork/when-idle';
import { native } from '../native';
import { checkOptions } from '../options';
import { orThrow } from '../posix/or-throw';
import { pidOf } from '../signalling';
import { holdStandardDescriptors } from '../standard-descriptors';
import { liveAsChild, ParentLink } from './child-side';
import { ForkedChild } from './forked-child';
import type { OnFrame } from './frames';
import { checkLimits, type Limits, limitSelf, type Rlimits } from './limits';
import { type ChildStdio, OutputPipes, type Streams, streamsOf } from './standard-streams';
import type { ErrorClass } from './thrown';

/** What every child can be asked to be. */
export interface ChildOptions {
  /**
   * Standard input, output and error. Default: nothing to read, and output where the parent's goes. A stream of the parent's
   * is written to, and not ended.
   */
  readonly stdio?: ChildStdio;
  /** Added to the nice value, as by nice(2). */
  readonly nice?: number;
  /** Limits, by the names of setrlimit(2): `{ RLIMIT_AS: 2 ** 31, RLIMIT_CPU: 10 }`. */
  readonly rlimits?: Rlimits;
  /** Classes of the program's own errors: an error that a child throws is of its class in the parent as well. */
  readonly errorClasses?: readonly ErrorClass[];
  /** How long a child that is told to end (SIGTERM) may take before it is killed. Milliseconds; default 5,000. */
  readonly forceKillAfter?: number;
  /** As fork()'s: goes ahead beside threads of a library that the child never touches. Default: false. */
  readonly allowThreads?: boolean;
}

const CHILD_OPTIONS = ['stdio', 'nice', 'rlimits', 'errorClasses', 'forceKillAfter', 'allowThreads'] as const;

/** The same, checked, with nothing left out. */
export interface ChildSettings {
  readonly streams: Streams;
  readonly limits: Limits;
  readonly errorClasses: readonly ErrorClass[];
  readonly forceKillAfter: number;
  readonly fork: ForkSettings;
}

const FORCE_KILL_AFTER = 5000;

/** The longest that a timer of Node takes. Milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkMilliseconds(call: string, argument: string, value: unknown): asserts value is number {
  checkNumber(call, argument, value);
  if (!(value >= 0 && value <= LONGEST)) throw outOfRange(call, argument, `from 0 to ${LONGEST}`, value);
}

function checkClasses(call: string, classes: unknown): asserts classes is readonly ErrorClass[] {
  const isClass = (one: unknown): boolean => typeof one === 'function' && one.prototype instanceof Error;
  if (Array.isArray(classes) && classes.every(isClass)) return;
  throw wrongType(call, 'options.errorClasses', 'an array of classes that extend Error', classes);
}

/** @param known what the call takes besides @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function childSettings(call: string, options: ChildOptions, known: readonly string[]): ChildSettings {
  checkOptions(call, 'options', options, [...CHILD_OPTIONS, ...known]);
  const { stdio, nice, rlimits, errorClasses = [], forceKillAfter = FORCE_KILL_AFTER, allowThreads = false } = options;
  const limits = { nice, rlimits };
  checkLimits(call, limits);
  checkClasses(call, errorClasses);
  checkMilliseconds(call, 'options.forceKillAfter', forceKillAfter);
  return {
    ...{ streams: streamsOf(call, stdio), limits, errorClasses, forceKillAfter },
    fork: withoutPatience(forkSettings(call, { inheritHandles: false, allowThreads })),
  };
}

/** What a child is, and who hears of it. */
export interface Birth {
  readonly settings: ChildSettings;
  /** Ends the wait for the fork. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the parent's event loop waits for its end, whatever becomes of the link. Default: true. */
  readonly isWatched?: boolean;
  /** In the parent. */
  readonly onFrame: OnFrame;
  /** In the parent: it has sent what cannot be taken in. */
  readonly onBroken: (error: unknown) => void;
  /** In the child: when it is done, the child ends. */
  readonly work: (link: ParentLink) => Promise<void>;
}

/** The pair of sockets and the pipes of one child. There are none between the call and its fork, for other forks to copy. */
class Ends {
  private readonly pipes: OutputPipes;
  private readonly ofParent: number;
  private readonly ofChild: number;

  constructor(streams: Streams) {
    holdStandardDescriptors(); // or an end would get one of their numbers
    this.pipes = new OutputPipes(streams);
    const pair = calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC);
    if (typeof pair === 'number') this.pipes.close();
    [this.ofParent, this.ofChild] = orThrow('socketpair', pair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC);
  }

  /** There is no child. */
  close(): void {
    calls.close(this.ofParent);
    calls.close(this.ofChild);
    this.pipes.close();
  }

  inParent(pid: number, { onFrame, onBroken, isWatched = true }: Birth): ForkedChild {
    calls.close(this.ofChild);
    return new ForkedChild(pidOf(pid, 'a child'), this.ofParent, onFrame, onBroken, this.pipes.copies(), isWatched);
  }

  inChild(parent: number, { settings, work }: Birth): Promise<never> {
    calls.close(this.ofParent);
    const prepare = (): void => {
      this.pipes.redirect();
      limitSelf(settings.limits);
    };
    return liveAsChild(new ParentLink(this.ofChild), parent, prepare, work);
  }
}

/**
 * Forks a child, once nothing is in the way, that does `work` and ends.
 * @throws (rejects with) what forkWhenIdle() does; SyscallError EMFILE, EAGAIN, ENOMEM
 */
export async function forkChild(call: string, birth: Birth): Promise<ForkedChild> {
  checkSignal(call, birth.signal);
  const parent = native.getpid();
  let child: ForkedChild | undefined;
  let ends: Ends | undefined;
  const pid = await whenIdle(call, birth.signal, () => {
    ends = new Ends(birth.settings.streams);
    let result = -1;
    try {
      result = forkAs(birth.settings.fork);
    } finally {
      if (result < 0) ends.close();
    }
    if (result > 0) child = ends.inParent(result, birth);
    return result;
  });
  if (pid === 0 && ends !== undefined) return ends.inChild(parent, birth);
  if (child === undefined) throw new Error('a fork without a child');
  return child;
}
