import { calls } from '../calls';
import { SIG_BLOCK, SIG_IGN, SIGKILL, SIGRTMAX, SIGSTOP } from '../constants';
import { dieWithParent } from '../fork/die-with-parent';
import { forgetExitListeners, forgetSignalListeners, IGNORED_BY_NODE } from '../fork/listeners';
import { isLoaded } from '../fork/loaded';
import { native } from '../native';
import { orThrow } from '../posix/or-throw';

/** What a child gives up of its parent's, before it does its own work. */

/** Events of the process that are the parent's to hear. */
const OF_PARENT = [
  'uncaughtException',
  'uncaughtExceptionMonitor',
  'unhandledRejection',
  'rejectionHandled',
  'message',
  'disconnect',
  'worker',
] as const;

const remove = (event: string): void => void process.removeAllListeners(event);

function forgetListeners(): void {
  forgetExitListeners(remove);
  for (const event of OF_PARENT) if (process.listenerCount(event) > 0) remove(event);
  // node:domain keeps its own there, and lets nobody change it.
  if (process.hasUncaughtExceptionCaptureCallback() && !isLoaded('domain'))
    process.setUncaughtExceptionCaptureCallback(null);
  const listened = forgetSignalListeners(remove);
  for (const signo of IGNORED_BY_NODE) {
    if (listened.includes(signo)) orThrow('sigaction', calls.sigaction(signo, SIG_IGN), signo, SIG_IGN);
  }
}

/** All that can be handled, from 1. */
const SIGNALS: readonly number[] = Array.from({ length: SIGRTMAX }, (_none, at) => at + 1).filter(
  (signo) => signo !== SIGKILL && signo !== SIGSTOP,
);

/** Those that the program handles by sigaction(2). What is ignored stays so, as after execve(2). */
function handled(): number[] {
  return SIGNALS.filter((signo) => {
    const action = calls.sigaction(signo);
    return typeof action !== 'number' && typeof action.handler === 'function';
  });
}

const blocked = (): number[] => orThrow('sigprocmask', calls.sigprocmask(SIG_BLOCK));

/**
 * In a child right after its fork: no listener and no handler of its parent's runs here, signals do what they do by
 * default, and it ends with its parent.
 */
export function becomeChild(parent: number): void {
  forgetListeners();
  const signals = handled();
  if (signals.length > 0) orThrow('sigaction', native.defaultSignals(signals, blocked()));
  process.exitCode = undefined;
  dieWithParent(parent);
}
