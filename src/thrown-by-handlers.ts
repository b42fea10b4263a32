import { native } from './native';

/** process.domain, where `node:domain` is in use. */
type WithDomain = { readonly domain?: NodeJS.EventEmitter | null };

/**
 * What leaves a handler is an uncaught exception. Node would give it to its listeners, and then end the asynchronous
 * context of all that runs (AsyncLocalStorage, executionAsyncId, async hooks, the domain): after an ordinary one nothing
 * runs any more. The code that a handler interrupted does, so it is given to the same listeners from here.
 *
 * @returns false where Node has to: nobody listens, and the process ends; or there is a function of
 *   process.setUncaughtExceptionCaptureCallback(), which only Node knows
 */
function reportThrown(error: unknown): boolean {
  const { domain } = process as WithDomain;
  if (domain !== undefined && domain !== null) {
    if (domain.listenerCount('error') === 0) return false;
    domain.emit('error', error);
    return true;
  }
  if (process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') === 0) return false;
  const emitter: NodeJS.EventEmitter = process;
  emitter.emit('uncaughtExceptionMonitor', error, 'uncaughtException');
  try {
    emitter.emit('uncaughtException', error, 'uncaughtException');
  } catch (thrown) {
    endBy(thrown);
    return false;
  }
  return true;
}

/** A listener has thrown in its turn: Node ends the process, with status 7, when the only one that is left does so too. */
function endBy(thrown: unknown): void {
  process.removeAllListeners('uncaughtExceptionMonitor');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', () => {
    throw thrown;
  });
}

/** Called once, on the main thread: handlers run nowhere else. */
export function watchHandlers(): void {
  native.onThrown(reportThrown);
}
