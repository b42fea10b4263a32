import { SyscallError } from '../errno';
import type { NegativeErrno } from '../native';

/** The result of a call, or its negative errno as a SyscallError that names the arguments. */
export function orThrow<Result>(syscall: string, result: Result | NegativeErrno, ...args: unknown[]): Result {
  if (typeof result === 'number' && result < 0) throw new SyscallError(syscall, result, args);
  return result as Result;
}
