import { calls } from './calls';
import { native } from './native';

/**
 * Errors that a program would wait for long: a fork that fails though there is room. As strace --inject has it, but
 * without strace, and for who may trace nobody.
 */
export interface InjectedError {
  /** "fork" */
  readonly call: string;
  /** EAGAIN: positive. */
  readonly errno: number;
  /** The first and the last call that fail, counted from 1 in the process and, as counts go on, in its children. */
  readonly from: number;
  readonly to: number;
}

type AnyCall = (...args: readonly unknown[]) => unknown;

function isCall(name: string): boolean {
  const table: Readonly<Record<string, unknown>> = { ...calls };
  return typeof table[name] === 'function';
}

/**
 * "fork:error=EAGAIN", each time; "fork:error=EAGAIN:when=2", the second time; "when=2+", from then on; "when=2..4".
 * @throws RangeError it is none of these, or there is no such call or error
 */
export function parseInjectedError(text: string): InjectedError {
  const rule = /^(\w+):error=([A-Z0-9]+)(?::when=(\d+)(\+|\.\.(\d+))?)?$/.exec(text);
  if (rule === null) throw new RangeError('It must be as fork:error=EAGAIN or fork:error=EAGAIN:when=2 (2+, 2..4).');
  const [, call = '', name = '', first, more, last] = rule;
  if (!isCall(call)) throw new RangeError(`There is no call ${call} in this package.`);
  const [errno] = Object.entries(native.errnoNames).find(([, other]) => other === name) ?? [];
  if (errno === undefined) throw new RangeError(`This system has no error ${name}.`);
  const from = Number(first ?? 1);
  const to = first === undefined || more === '+' ? Number.POSITIVE_INFINITY : Number(last ?? from);
  return { call, errno: Number(errno), from, to };
}

/**
 * Has calls of the program that runs next fail, whatever it imports. Before any entry point of this package is loaded,
 * since they take the calls as they find them.
 */
export function injectErrors(errors: readonly InjectedError[]): void {
  const table = calls as unknown as Record<string, AnyCall>;
  for (const { call, errno, from, to } of errors) {
    const real = table[call];
    if (real === undefined) continue;
    let count = 0;
    table[call] = (...args) => {
      count += 1;
      return count >= from && count <= to ? -errno : real(...args);
    };
  }
}
