import { type C, createC } from '../../c-convention';
import type { forkForClients } from '../../fork/fork-for-clients';
import type { KeptChildren } from '../../fork/kept-children';
import type { Calls, Native } from '../../native';
import { createPosix, type Posix } from '../../posix';
import type { Exit } from '../../unp/wrappers';
import type { RaiseOomScore } from '../oom-score';
import type { Complain } from './complaints';
import type { rehearseChild } from './rehearsal';

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
  /** Serves from client to client without a line of JavaScript. Undefined: there is no such call. */
  readonly forkForClients: typeof forkForClients | undefined;
  readonly keptChildren: KeptChildren;
  readonly complain: Complain;
  /** What is done once in the server, so that it is not in each child. */
  readonly rehearseChild: typeof rehearseChild;
  /** Has signals do what they do by default, then sets the mask: for a child. */
  readonly defaultSignals: Native['defaultSignals'];
  /** In a child: of an event of the process that the program listens to. */
  readonly removeListeners: (event: string) => void;
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

export function systemCallsOf(calls: Calls): SystemCalls {
  return { calls, c: createC(calls), posix: createPosix(calls) };
}

/**
 * Made here and nowhere else, one property after the other: what was rehearsed with one object holds for another only if
 * V8 has both as of one shape.
 */
export function systemOf(surroundings: Surroundings): System {
  const {
    calls,
    exit,
    now,
    whyNotFork,
    hasForkHooks,
    forkForClients,
    keptChildren,
    complain,
    defaultSignals,
    removeListeners,
    rehearseChild,
    raisedOomScore,
  } = surroundings;
  return {
    ...systemCallsOf(calls),
    ...{
      exit,
      now,
      whyNotFork,
      hasForkHooks,
      forkForClients,
      keptChildren,
      complain,
      defaultSignals,
      removeListeners,
      rehearseChild,
      raisedOomScore,
    },
  };
}
