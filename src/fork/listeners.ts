import { SIGPIPE, SIGXFSZ } from '../constants';
import { str2sig } from '../signal-names';
import { listensToExit } from './exit';

/**
 * Listeners that are the program's and not its children's. They are removed by `remove`, which is
 * process.removeAllListeners() in earnest, and does nothing in a rehearsal.
 */
export type RemoveListeners = (event: string) => void;

/**
 * What is to be done when the program ends, not one of its children: a child ends as by _exit(2), after the listeners
 * that it has added itself.
 */
export function forgetExitListeners(remove: RemoveListeners): void {
  for (const event of ['exit', 'beforeExit']) {
    if (process.listenerCount(event) > 0) remove(event);
  }
  forgetSignalExit();
}

/**
 * signal-exit, by which execa, proper-lockfile and others clean up, is no listener: it takes the place of process.emit, and
 * of process.reallyExit. Its versions keep what is to be done in these two places.
 */
function forgetSignalExit(): void {
  const { version3, version4 } = signalExit();
  version3?.removeAllListeners();
  for (const list of Object.values(version4?.listeners ?? {})) list.length = 0;
}

const signalExit = () => ({
  version3: Reflect.get(process, '__signal_exit_emitter__') as NodeJS.EventEmitter | undefined,
  version4: Reflect.get(globalThis, Symbol.for('signal-exit emitter')) as
    | { readonly listeners: Readonly<Record<string, unknown[]>> }
    | undefined,
});

/** Whether the program has something done at its end that is not to be done at the end of a child. */
export function hasExitListeners(): boolean {
  const { version3, version4 } = signalExit();
  const isAsked = version3 !== undefined || version4 !== undefined;
  return isAsked || listensToExit() || process.listenerCount('beforeExit') > 0;
}

/** Node ignores these from its start on: a write is to fail with EPIPE, EFBIG. */
export const IGNORED_BY_NODE: readonly number[] = [SIGPIPE, SIGXFSZ];

/** Those that the program listens to by Node's event loop. */
export function listenedSignals(): { readonly name: string; readonly signo: number }[] {
  return process.eventNames().flatMap((name) => {
    if (typeof name !== 'string' || !name.startsWith('SIG')) return [];
    const signo = str2sig(name.slice(3));
    return signo === undefined ? [] : [{ name, signo }];
  });
}

/** With its last listener Node gives a signal back to the system. @returns those that had any */
export function forgetSignalListeners(remove: RemoveListeners): number[] {
  return listenedSignals().map(({ name, signo }) => {
    remove(name);
    return signo;
  });
}
