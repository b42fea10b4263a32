import { wrongType } from '../checked';
import { checkSignal } from '../fork/when-idle';
import { type Deadline, Ultimatum } from './deadline';
import { type ChildOptions, checkMilliseconds, childSettings, forkChild } from './fork-child';
import type { FrameKind } from './frames';
import { receivedError, type Thrown } from './thrown';

/** What one child can be asked to be, and when it is to end. */
export interface InChildOptions extends ChildOptions {
  /** When it is aborted the child is told to end (SIGTERM, then SIGKILL), and the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
  /** The same after so many milliseconds, counted from the fork; the reason is a DOMException TimeoutError. Default: none. */
  readonly timeout?: number;
}

/** What has come of a child. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkFunction(call: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(call, argument, 'a function', value);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkDeadline(call: string, { signal, timeout }: Deadline): void {
  checkSignal(call, signal);
  if (timeout !== undefined) checkMilliseconds(call, 'options.timeout', timeout);
}

/** Runs `fn` in a child of its own. @param onWord what `fn` says in between @param fn is given how to say a word */
export async function runInChild(
  call: string,
  fn: (say: (word: unknown) => void) => unknown,
  options: InChildOptions,
  onWord: (word: unknown) => void,
): Promise<unknown> {
  checkFunction(call, 'fn', fn);
  const settings = childSettings(call, options, ['signal', 'timeout']);
  checkDeadline(call, options);
  let outcome: Outcome | undefined;
  const onFrame = (kind: FrameKind, value: unknown): void => {
    if (kind === 'word') onWord(value);
    else if (kind === 'value') outcome ??= { value };
    else outcome ??= { error: receivedError(value as Thrown, settings.errorClasses) };
  };
  const child = await forkChild(call, {
    ...{ settings, signal: options.signal, onFrame },
    onBroken: (error) => {
      outcome ??= { error };
    },
    work: async (link) => link.send('value', await fn((word) => link.send('word', word))),
  });
  const ultimatum = new Ultimatum(child, options, settings.forceKillAfter);
  const ending = await child.ended;
  ultimatum.withdraw();
  if (outcome === undefined) throw ultimatum.isGiven ? ultimatum.reason : child.errorOf(ending);
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/**
 * Runs a function in a child that is forked for it, over this program's memory as it is at that moment, and gives what it
 * returns. What it changes is changed in the child alone.
 *
 * The child has no handle of this process's event loop, none of its listeners and no handler of its signals runs there, and
 * it leaves by _exit(2) when the function is done.
 * @param fn may be async; it is not copied or compiled anew, and sees all that it closes over
 * @returns its value, as structuredClone() copies it
 * @throws (rejects with) what the function throws, with its class, message, stack, cause and properties; {@link ChildExited};
 *   {@link ChildKilled}; the reason of `signal`; DOMException TimeoutError, or DataCloneError where the value cannot be
 *   cloned; what forkWhenIdle() throws; SyscallError ECHILD: somebody else has reaped it; TypeError ERR_INVALID_ARG_TYPE,
 *   RangeError ERR_OUT_OF_RANGE
 * @see fork(2), waitpid(2), docs/children.md
 */
export async function inChild<Result>(fn: () => Result, options: InChildOptions = {}): Promise<Awaited<Result>> {
  return (await runInChild('inChild', fn, options, () => {})) as Awaited<Result>;
}
