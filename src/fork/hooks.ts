import { wrongType } from '../checked';
import { checkOptions } from '../options';
import { runSafely } from './run-safely';

/** Functions to run around every fork. pthread_atfork(3). */
export interface ForkHooks {
  /** In the parent, before. What it throws calls the fork off: nothing has been done yet. */
  readonly before?: () => void;
  /** In the parent, afterwards, also if fork(2) failed. */
  readonly afterInParent?: () => void;
  /** In the child, when it is whole. */
  readonly afterInChild?: () => void;
}

const HOOKS = ['before', 'afterInParent', 'afterInChild'] as const;

let registered: readonly ForkHooks[] = [];

/**
 * Registers functions to run around every fork. As with pthread_atfork(3), `before` functions run in the
 * opposite order of their registration, the others in its order. Children inherit them.
 *
 * An error that leaves an after-function is an uncaught exception: the child is there, and fork() returns it.
 * @returns takes them back
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function registerAtFork(hooks: ForkHooks): () => void {
  checkOptions('registerAtFork', 'hooks', hooks, HOOKS);
  for (const name of HOOKS) {
    const hook: unknown = hooks[name];
    if (hook !== undefined && typeof hook !== 'function') {
      throw wrongType('registerAtFork', `hooks.${name}`, 'a function', hook);
    }
  }
  const entry = { ...hooks };
  registered = [...registered, entry];
  return () => {
    registered = registered.filter((other) => other !== entry);
  };
}

/** The hooks of one fork: those that were registered when it began. */
export function hooksOfThisFork(): readonly ForkHooks[] {
  return registered;
}

export function runBefore(hooks: readonly ForkHooks[]): void {
  for (const hook of [...hooks].reverse()) hook.before?.();
}

export function runAfter(hooks: readonly ForkHooks[], side: 'afterInParent' | 'afterInChild'): void {
  for (const hook of hooks) runSafely(() => hook[side]?.());
}
