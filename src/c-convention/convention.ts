import type { NegativeErrno } from '../native';

/** What a call of C's gives: its result, or -1 and errno(). */
export type OrMinusOne<Result> = Result | -1;

/** How results of the addon become those of C: one errno() for all calls that share it. */
export class Convention {
  errno = 0;

  readonly failed = (result: NegativeErrno): -1 => {
    this.errno = -result;
    return -1;
  };

  /** A call that gives a number. */
  readonly number =
    <Args extends unknown[]>(call: (...args: Args) => number) =>
    (...args: Args): number => {
      const result = call(...args);
      return result < 0 ? this.failed(result) : result;
    };

  /** A call that gives a struct. */
  readonly struct =
    <Args extends unknown[], Result extends object>(call: (...args: Args) => Result | NegativeErrno) =>
    (...args: Args): OrMinusOne<Result> => {
      const result = call(...args);
      return typeof result === 'number' ? this.failed(result) : result;
    };

  /** A call that returns only to say why it could not do, or stopped doing, what it is for. */
  readonly returnsOnFailure =
    <Args extends unknown[]>(call: (...args: Args) => NegativeErrno) =>
    (...args: Args): -1 =>
      this.failed(call(...args));
}
