import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { native } from './native';
import type { WaitResult } from './types';

/** Children of child_process that have not ended. */
const spawned = new Set<ChildProcess>();

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  spawned.add(child);
  child.once('exit', () => spawned.delete(child));
});

let warned = false;

const hasEnded = (status: number): boolean => native.WIFEXITED(status) || native.WIFSIGNALED(status);

/** What a wait has reaped: if it is a child of child_process, that will never hear of its end. Warns the first time. */
export function noticeReaped(result: WaitResult | number): void {
  if (spawned.size === 0 || typeof result === 'number' || result.pid <= 0) return;
  const { pid, status } = result;
  const child = hasEnded(status) ? [...spawned].find((one) => one.pid === pid) : undefined;
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
