import { stateOf } from '../state';
import type { ProcessView, SignalSets } from '../types';
import { ifStillThere, mustHaveProc, procNumbers, procText } from './proc';
import { parseSignals } from './signals';

/** /proc/PID/status, a line for each fact: "PPid:\t4700". proc_pid_status(5) */
export interface Status extends ProcessView {
  readonly name: string;
  readonly threads: number;
  readonly signals?: SignalSets;
}

/** In the order of the file. A newline in a name is shown as \n, and a zombie has fewer lines. */
const LINES = /^Name:\t(.*)$[\s\S]*?^State:\t(\w)[\s\S]*?^Pid:\t(\d+)$\s^PPid:\t(\d+)$[\s\S]*?^Threads:\t(\d+)$/m;

/**
 * A process whose main thread has ended while others are still ending has state Z as well; it becomes a zombie, or is
 * reaped, when the last one has.
 */
export function parseStatus(text: string): Status | undefined {
  const found = LINES.exec(text);
  if (found === null) return undefined;
  const [, name = '', letter = '', pid, ppid, threadsText] = found;
  if (letter === 'X') return undefined; // reaped, and all but removed
  const threads = Number(threadsText);
  const state = stateOf(letter);
  const isEnding = state === 'zombie' && threads > 1;
  const signals = parseSignals(text);
  return {
    ...{ pid: Number(pid), ppid: Number(ppid), state: isEnding ? 'running' : state, name, threads },
    ...(signals === undefined ? {} : { signals }),
  };
}

export function statusOf(pid: number): Status | undefined {
  return parseStatus(ifStillThere(() => procText(`${pid}/status`)) ?? '');
}

export function allStatuses(): Status[] {
  mustHaveProc();
  return (procNumbers('') ?? []).flatMap((pid) => statusOf(pid) ?? []);
}
