import type { ChildProcess } from 'node:child_process';
import { CLD_DUMPED, CLD_EXITED, CLD_KILLED } from './constants';
import { native } from './native';
import { listenOnce } from './one-for-all-contexts';
import type { SignalInfo, WaitResult } from './types';

/** Children of child_process that have not ended. */
const spawned = listenOnce('child_process', new Set<ChildProcess>(), (message) => {
  const { process: child } = message as { process: ChildProcess };
  spawned.add(child);
  child.once('exit', () => spawned.delete(child));
});

/** Whether a child is one of child_process, which Node has not heard the end of. */
export function isSpawned(pid: number): boolean {
  return [...spawned].some((child) => child.pid === pid);
}

const ENDED: readonly number[] = [CLD_EXITED, CLD_KILLED, CLD_DUMPED];

let warned = false;

const hasEnded = (status: number): boolean => native.WIFEXITED(status) || native.WIFSIGNALED(status);

/** What a wait has reaped: if it is a child of child_process, that will never hear of its end. Warns the first time. */
export function noticeReaped(result: WaitResult | number): void {
  if (spawned.size === 0 || typeof result === 'number' || result.pid <= 0) return;
  if (hasEnded(result.status)) notice(result.pid);
}

/** The same of what waitid(2) gives. */
export function noticeEnded(result: SignalInfo | number): void {
  if (spawned.size === 0 || typeof result === 'number' || result.pid <= 0) return;
  if (ENDED.includes(result.code)) notice(result.pid);
}

function notice(pid: number): void {
  const child = [...spawned].find((one) => one.pid === pid);
  if (child === undefined) return;
  spawned.delete(child);
  child.unref(); // the event loop would wait for it for ever
  if (warned) return;
  warned = true;
  process.emitWarning(
    `waitpid() has reaped process ${pid}, which child_process started: its 'exit' event will not come. In a program ` +
      'that uses both, wait for the children that fork() gave by their pids, or with waitpidAsync(pid)',
    { code: 'REALFORK_REAPED_SPAWNED_CHILD' },
  );
}
