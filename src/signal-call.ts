import { checkFlag } from './checked';
import { SA_RESTART } from './constants';
import type { Calls, NegativeErrno } from './native';
import type { NewSignalAction, OldSignalAction } from './types';

/** Signals that siginterrupt(3) was told of last: the C library's signal() has them interrupt. */
const interrupting = new Set<number>();

/** siginterrupt(3). */
export function siginterrupt(calls: Calls, sig: number, flag: boolean | number): number {
  checkFlag('siginterrupt', 'flag', flag);
  const result = calls.siginterrupt(sig, Number(flag));
  if (result < 0) return result;
  if (flag) interrupting.add(sig);
  else interrupting.delete(sig);
  return result;
}

/**
 * signal(2) as glibc and the BSDs have it: the handler stays, the signal is blocked while it runs, and system calls go
 * on, but for what siginterrupt(3) was asked. @returns the old handler
 */
export function signal(
  calls: Calls,
  signum: number,
  handler: OldSignalAction['handler'],
): OldSignalAction['handler'] | NegativeErrno {
  const flags = interrupting.has(signum) ? 0 : SA_RESTART;
  const isAction = typeof handler === 'function' || typeof handler === 'number';
  const action: NewSignalAction = isAction ? { handler, flags } : handler;
  const old = calls.sigaction(signum, action);
  return typeof old === 'number' ? old : old.handler;
}
