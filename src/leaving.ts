import { SIGHUP, SIGINT, SIGTERM } from './constants';
import { native } from './native';
import { signalSelf } from './signalling';

/**
 * What is to be undone however this program ends: by itself, by an error, by Ctrl-C or kill(1).
 */
const undo = new Set<() => void>();
let installed = false;

/**
 * Ends this process as SIGHUP does that nobody handles, once all is undone. Process 1 of a container, whom that does not
 * end, has the status of it.
 */
export function hangUp(): never {
  for (const step of undo) step();
  process.removeAllListeners('SIGHUP');
  signalSelf('SIGHUP');
  return native._exit(128 + SIGHUP);
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', () => {
    for (const step of undo) step();
  });
  for (const [signal, number] of [
    ['SIGHUP', SIGHUP],
    ['SIGINT', SIGINT],
    ['SIGTERM', SIGTERM],
  ] as const) {
    const leave = (): void => {
      if (process.listenerCount(signal) > 1) return; // another one knows what to do
      // Node would give back the terminal that has hung up, and abort as it cannot.
      if (signal === 'SIGHUP') process.once('exit', hangUp);
      process.exit(128 + number);
    };
    process.on(signal, leave);
  }
}

/** Has `step` run at the end of this process, unless what it returns has been called before. */
export function whenLeaving(step: () => void): () => void {
  install();
  undo.add(step);
  return () => void undo.delete(step);
}
