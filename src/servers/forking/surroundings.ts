import type { C } from '../../c-convention';
import type { Calls } from '../../native';
import type { Posix } from '../../posix';
import type { Exit } from '../../unp/wrappers';

/** What the server is made of beside its options; others in tests. */
export interface Surroundings {
  readonly calls: Calls;
  readonly exit: Exit;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** The same system calls in both conventions. */
export interface System extends Surroundings {
  readonly c: C;
  readonly posix: Posix;
}
