import { SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, SIGUSR1, SIGUSR2 } from '../constants';
import { type Row, SORTS, type Sort } from './rows';

/** What the user has chosen, and what each key does: nothing here knows a terminal. */
export interface View {
  readonly sort: Sort;
  readonly selected: number | undefined;
  readonly expanded: ReadonlySet<number>;
  /** Whether the next key says which signal the selected process is sent. */
  readonly isAskingSignal: boolean;
  /** What became of the last thing that was done. */
  readonly message: string;
}

export const FIRST_VIEW: View = {
  sort: 'tree',
  selected: undefined,
  expanded: new Set(),
  isAskingSignal: false,
  message: '',
};

/** What a key asks for beside a change of the view. */
export type Action =
  | { readonly kind: 'quit' }
  | { readonly kind: 'signal'; readonly pid: number; readonly signo: number };

export interface Step {
  readonly view: View;
  readonly action?: Action;
}

/** Which key sends which signal. */
export const SIGNAL_KEYS = [
  { key: 't', name: 'TERM', signo: SIGTERM },
  { key: 'i', name: 'INT', signo: SIGINT },
  { key: 'h', name: 'HUP', signo: SIGHUP },
  { key: 'k', name: 'KILL', signo: SIGKILL },
  { key: 's', name: 'STOP', signo: SIGSTOP },
  { key: 'c', name: 'CONT', signo: SIGCONT },
  { key: '1', name: 'USR1', signo: SIGUSR1 },
  { key: '2', name: 'USR2', signo: SIGUSR2 },
] as const;

/** The selected process, or the first: the selected one may have gone. */
export function selectedRow(rows: readonly Row[], { selected }: View): Row | undefined {
  return rows.find(({ pid }) => pid === selected) ?? rows[0];
}

function moved(view: View, rows: readonly Row[], by: number): View {
  const current = rows.findIndex(({ pid }) => pid === selectedRow(rows, view)?.pid);
  const target = rows[Math.max(0, Math.min(rows.length - 1, current + by))];
  return { ...view, selected: target?.pid };
}

function toggled(view: View, rows: readonly Row[]): View {
  const pid = selectedRow(rows, view)?.pid;
  if (pid === undefined) return view;
  const expanded = new Set(view.expanded);
  if (!expanded.delete(pid)) expanded.add(pid);
  return { ...view, selected: pid, expanded };
}

function answered(view: View, rows: readonly Row[], key: string): Step {
  const pid = selectedRow(rows, view)?.pid;
  const signal = SIGNAL_KEYS.find((one) => one.key === key);
  const next = { ...view, isAskingSignal: false };
  if (pid === undefined || signal === undefined) return { view: { ...next, message: 'no signal sent' } };
  return { view: next, action: { kind: 'signal', pid, signo: signal.signo } };
}

/** @param key as node:readline names it: "up", "return", "q", "C-c" */
export function pressed(view: View, rows: readonly Row[], key: string): Step {
  if (key === 'C-c') return { view, action: { kind: 'quit' } };
  if (view.isAskingSignal) return answered(view, rows, key);
  const calm = { ...view, message: '' };
  switch (key) {
    case 'q':
      return { view, action: { kind: 'quit' } };
    case 'up':
    case 'k':
      return { view: moved(calm, rows, -1) };
    case 'down':
    case 'j':
      return { view: moved(calm, rows, 1) };
    case 'return':
    case 'space':
    case 'right':
      return { view: toggled(calm, rows) };
    case 's':
      return { view: { ...calm, sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length] ?? 'tree' } };
    case 'x':
      return { view: { ...calm, selected: selectedRow(rows, view)?.pid, isAskingSignal: true } };
    default:
      return { view };
  }
}
