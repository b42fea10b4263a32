import { type C, createC } from '../../c-convention';
import type { Calls } from '../../native';
import { createPosix, type Posix } from '../../posix';
import type { Exit } from '../../unp/wrappers';
import type { RaiseOomScore } from '../oom-score';
import type { Complain } from './complaints';

/** The listeners of the program that is the server, and its children. */
export interface Program {
  eventNames(): readonly (string | symbol)[];
  listenerCount(name: string): number;
  removeAllListeners(name: string): void;
}

/** What the server is made of beside its options; others in tests. */
export interface Surroundings {
  readonly calls: Calls;
  readonly exit: Exit;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Why fork() would refuse, as far as that can be known before. */
  readonly whyNotFork: () => unknown;
  /** Whether the program has hooks that run around fork(). */
  readonly hasForkHooks: () => boolean;
  readonly complain: Complain;
  readonly program: Program;
  /** What children call to be killed before their server for want of memory, or the negative errno. */
  readonly raisedOomScore: (by: number) => RaiseOomScore | number;
}

/** The same system calls in both conventions. */
export interface SystemCalls {
  readonly calls: Calls;
  readonly c: C;
  readonly posix: Posix;
}

export type System = Surroundings & SystemCalls;

export function systemOf<Parts extends Pick<Surroundings, 'calls'>>(parts: Parts): Parts & SystemCalls {
  return { ...parts, c: createC(parts.calls), posix: createPosix(parts.calls) };
}
