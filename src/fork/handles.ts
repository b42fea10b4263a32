import { quiesce } from '../native';
import { runSafely } from './run-safely';
import { timersToDrop } from './timers';

/**
 * What a child inherits of its parent's event loop, and how it gets rid of it. Each object is the child's own copy:
 * what is done to it is not done to the parent's.
 */

/** What there may be to a handle of Node, or to the object that has one. */
interface Handle {
  readonly fd?: unknown;
  readonly _handle?: Handle | null;
  removeAllListeners?: () => void;
  on?: (event: string, listener: () => void) => void;
  destroy?: () => void;
  close?: () => void;
  stop?: () => void;
}

/**
 * Handlers of signals stay, as in C; children of child_process are the parent's, and must not be touched; standard input,
 * output and error are the program's, whoever opened them.
 */
function staysOpen(handle: Handle): boolean {
  // Asked of a datagram socket Node warns, in the name of the program.
  const own = (Object.hasOwn(handle, '_handle') ? handle._handle : undefined) ?? handle;
  if (own.constructor.name === 'Process' || own.constructor.name === 'Signal') return true;
  return typeof own.fd === 'number' && own.fd >= 0 && own.fd <= 2;
}

/** Closes a child's copy of a handle, without a word to its listeners. */
export function dropHandle(handle: Handle): void {
  handle.removeAllListeners?.();
  handle.on?.('error', () => {}); // what its parent had under way is given up
  if (handle.destroy !== undefined) handle.destroy();
  else if (handle.close !== undefined) handle.close();
  else handle.stop?.();
}

/** The channel to a parent that has started this program with child_process.fork(). */
function leaveChannel(): void {
  if (!process.connected) return;
  process.removeAllListeners('disconnect');
  process.disconnect();
}

type ActiveHandles = { _getActiveHandles?: () => readonly object[] };
const listActive = (): readonly object[] => (process as ActiveHandles)._getActiveHandles?.() ?? [];

/** The handles of the event loop, or the objects that have them: also those that do not keep it alive. */
export const allHandles = (): readonly object[] => quiesce().handles(listActive);

/**
 * In the parent, before the fork: how a child closes its copies of what the parent's event loop has, without a word to
 * their listeners.
 */
export function handlesToDrop(): () => void {
  const dropTimers = timersToDrop();
  return () => {
    runSafely(leaveChannel);
    for (const handle of allHandles() as readonly Handle[]) {
      if (!staysOpen(handle)) runSafely(() => dropHandle(handle));
    }
    runSafely(dropTimers);
  };
}
