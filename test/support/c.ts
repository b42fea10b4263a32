import { signalName } from 'realfork';
import { errno, errnoName, SIG_BLOCK, sigprocmask } from 'realfork/c';

/** Results of C's convention. */

/** A call's -1 is not expected here. */
export function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

export const callFailed = (result: unknown): string => (result === -1 ? errnoName(errno()) : String(result));

export const names = (signals: number[] | -1): string[] => ok(signals).map(signalName);

/** The signals that this program blocks. */
export const blocked = (): string[] => names(sigprocmask(SIG_BLOCK));
