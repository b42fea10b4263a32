import type { Calls } from '../native';
import type { NewSignalAction, OldSignalAction, SignalAction, SignalHandler } from '../types';
import { callEvent, enterEvent, type Sink, signalEvent } from './events';
import { nowhere } from './outlets';

/** Asked all the time, and nothing happens. */
const UNINTERESTING: ReadonlySet<string> = new Set(['getpid', 'getppid']);

type AnyCall = (...args: readonly unknown[]) => unknown;

function isAction(action: NewSignalAction): action is SignalAction {
  return typeof action === 'object' && 'handler' in action;
}

/** The same calls, each telling `sink` when it is made, when it has returned, and when a handler runs. Themselves, if nobody listens. */
export function traced(calls: Calls, sink: Sink): Calls {
  if (sink === nowhere) return calls;
  // A traced handler is another function: sigaction gives back the one that the program knows.
  const tracedBy = new WeakMap<SignalHandler, SignalHandler>();
  const original = new WeakMap<SignalHandler, SignalHandler>();

  function tracedHandler(handler: SignalHandler): SignalHandler {
    const known = tracedBy.get(handler);
    if (known !== undefined) return known;
    const wrapper: SignalHandler = (signo, info) => {
      sink(signalEvent(signo, 'handler'));
      handler(signo, info);
      sink(signalEvent(signo, 'return'));
    };
    tracedBy.set(handler, wrapper);
    original.set(wrapper, handler);
    return wrapper;
  }

  function withTracedHandler(action: NewSignalAction | undefined): NewSignalAction | undefined {
    if (typeof action === 'function') return tracedHandler(action);
    if (action !== undefined && isAction(action) && typeof action.handler === 'function') {
      return { ...action, handler: tracedHandler(action.handler) };
    }
    return action;
  }

  function withOriginalHandler(action: OldSignalAction): OldSignalAction {
    if (typeof action.handler !== 'function') return action;
    return { ...action, handler: original.get(action.handler) ?? action.handler };
  }

  function traceCall(name: string, call: AnyCall): AnyCall {
    return (...args) => {
      sink(enterEvent(name, args));
      const result = call(...args);
      sink(callEvent(name, args, result));
      return result;
    };
  }

  const sigaction: Calls['sigaction'] = (signum, action) => {
    const old = calls.sigaction(signum, withTracedHandler(action));
    return typeof old === 'number' ? old : withOriginalHandler(old);
  };

  const table = { ...calls, sigaction } as unknown as Record<string, AnyCall>;
  const names = Object.keys(table).filter((name) => !UNINTERESTING.has(name) && typeof table[name] === 'function');
  const all = Object.fromEntries(names.map((name) => [name, traceCall(name, table[name] as AnyCall)]));
  return { ...calls, ...(all as unknown as Calls) };
}
