import { str2sig } from '../signal-names';

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
  const version3 = Reflect.get(process, '__signal_exit_emitter__') as NodeJS.EventEmitter | undefined;
  version3?.removeAllListeners();
  const version4 = Reflect.get(globalThis, Symbol.for('signal-exit emitter')) as
    | { readonly listeners: Readonly<Record<string, unknown[]>> }
    | undefined;
  for (const list of Object.values(version4?.listeners ?? {})) list.length = 0;
}

/** With its last listener Node gives a signal back to the system. @returns those that had any */
export function forgetSignalListeners(remove: RemoveListeners): number[] {
  return process.eventNames().flatMap((name) => {
    if (typeof name !== 'string' || !name.startsWith('SIG')) return [];
    const signo = str2sig(name.slice(3));
    if (signo === undefined) return [];
    remove(name);
    return [signo];
  });
}
