import { checkNumber, checkText } from './checked';
import { signalName } from './describe';
import { native } from './native';
import type { ByteView, SignalInfo } from './types';

/** Signals in words, and those of a signalfd. */

/** What read(2) gave of a signalfd(2): pass the part of the buffer that was filled. */
export const signalfd_siginfo = (buffer: ByteView): SignalInfo[] => native.signalfd_siginfo(buffer);

/** "User defined signal 1" for SIGUSR1, as the C library says it. strsignal(3) */
export const strsignal = (sig: number): string => native.strsignal(sig);

/** "CHLD" for SIGCHLD, "RTMIN+3" for a real-time signal; undefined for what is none. sig2str(3) of POSIX.1-2024 */
export function sig2str(sig: number): string | undefined {
  checkNumber('sig2str', 'sig', sig);
  const name = signalName(sig);
  return name.startsWith('SIG') ? name.slice(3) : undefined;
}

/** The number for "CHLD", "RTMIN+3", "17"; undefined for what is no signal. str2sig(3) of POSIX.1-2024 */
export function str2sig(name: string): number | undefined {
  checkText('str2sig', 'name', name);
  const { constants } = native;
  const [, base, offset] = /^(RTMIN|RTMAX)([+-]\d+)?$/.exec(name) ?? [];
  const lowest = constants['SIGRTMIN'] ?? 0;
  const highest = constants['SIGRTMAX'] ?? 0;
  if (base !== undefined) {
    const sig = (base === 'RTMIN' ? lowest : highest) + Number(offset ?? 0);
    return sig >= lowest && sig <= highest ? sig : undefined;
  }
  if (/^\d+$/.test(name)) return sig2str(Number(name)) === undefined ? undefined : Number(name);
  return /^[A-Z][A-Z0-9]*$/.test(name) ? constants[`SIG${name}`] : undefined;
}
