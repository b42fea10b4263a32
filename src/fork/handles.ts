import { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { quiesce } from '../native';
import { runSafely } from './run-safely';

/**
 * What a child inherits of its parent's event loop, and how it gets rid of it. Each object is the child's own copy:
 * what is done to it is not done to the parent's.
 */

/** What there may be to a handle of Node, or to the object that has one. */
interface Handle {
  readonly fd?: unknown;
  removeAllListeners?: () => void;
  on?: (event: string, listener: () => void) => void;
  destroy?: () => void;
  close?: () => void;
  stop?: () => void;
}

type SocketWithHandle = { readonly _handle?: Handle | null };

/** Standard input, output and error are the program's, whoever opened them. */
function isStandard(handle: Handle): boolean {
  const owner: Handle | null | undefined = handle instanceof Socket ? (handle as SocketWithHandle)._handle : handle;
  const fd = owner?.fd;
  return typeof fd === 'number' && fd >= 0 && fd <= 2;
}

/** Handlers of signals stay, as in C; children of child_process are the parent's, and must not be touched. */
function staysOpen(handle: Handle): boolean {
  return handle instanceof ChildProcess || handle.constructor.name === 'Signal' || isStandard(handle);
}

function drop(handle: Handle): void {
  if (staysOpen(handle)) return;
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

/** The classes of what setTimeout() and setImmediate() give: Node does not export them. */
const Timeout = (): object => {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  return Object.getPrototypeOf(timer);
};
const Immediate = (): object => {
  const immediate = setImmediate(() => {});
  clearImmediate(immediate);
  return Object.getPrototypeOf(immediate);
};

/** Those that do not keep the loop alive are left: Node has some of its own, and reckons with them. */
function dropTimers(): void {
  const timeout = Timeout();
  for (const timer of quiesce().timers(timeout, Immediate())) {
    const { hasRef } = timer as NodeJS.Timeout;
    if (!hasRef.call(timer)) continue;
    if (Object.getPrototypeOf(timer) === timeout) clearTimeout(timer as NodeJS.Timeout);
    else clearImmediate(timer as NodeJS.Immediate);
  }
}

type ActiveHandles = { _getActiveHandles?: () => readonly object[] };

/** In a child: closes its copies of what the parent's event loop has, without a word to their listeners. */
export function dropInheritedHandles(): void {
  runSafely(leaveChannel);
  const list = (): readonly object[] => (process as ActiveHandles)._getActiveHandles?.() ?? [];
  for (const handle of quiesce().handles(list)) runSafely(() => drop(handle));
  runSafely(dropTimers);
}
