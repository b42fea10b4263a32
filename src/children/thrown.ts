import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';
import { SyscallError } from '../errno';
import { pack } from './clone';
import { ChildExited, ChildKilled } from './errors';

/**
 * Errors on their way from a child to its parent. V8's clone of an error has neither its class nor its properties, so errors
 * are taken apart here, and put together on the other side.
 */

interface ThrownError {
  readonly is: 'error';
  /** The names of its class and of those that this extends, up to Error. */
  readonly classes: readonly string[];
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties that can be enumerated: `code`, `errno`, `path`. In place of one that cannot be cloned its text. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly cause?: Thrown;
  /** Of an AggregateError. */
  readonly errors?: readonly Thrown[];
}

/** Of structuredClone(), AbortSignal, fetch and others: its name is its class. */
interface ThrownException {
  readonly is: 'DOMException';
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

interface ThrownValue {
  readonly is: 'value';
  readonly value: unknown;
}

export type Thrown = ThrownError | ThrownException | ThrownValue;

function isCloneable(value: unknown): boolean {
  try {
    pack(value, 0);
    return true;
  } catch {
    return false; // V8's answer to that question
  }
}

const cloneable = (value: unknown): unknown => (isCloneable(value) ? value : inspect(value));

function classesOf(error: object): string[] {
  const names: string[] = [];
  for (let prototype = Object.getPrototypeOf(error); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const { constructor: itsClass } = prototype as object;
    if (typeof itsClass !== 'function' || prototype === Object.prototype) break;
    names.push(itsClass.name);
  }
  return names;
}

const textOrNothing = (stack: unknown): string | undefined => (typeof stack === 'string' ? stack : undefined);

function takeErrorApart(error: Error, around: readonly unknown[]): ThrownError {
  const inside = [...around, error];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const entries = Object.entries(error).filter(([name]) => name !== 'cause' && name !== 'errors');
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [];
  return {
    is: 'error',
    classes: classesOf(error),
    name: String(error.name),
    message: String(error.message),
    stack: textOrNothing(error.stack),
    properties: Object.fromEntries(entries.map(([name, value]) => [name, cloneable(value)])),
    ...('cause' in error && !inside.includes(cause) ? { cause: takeApart(cause, inside) } : {}),
    ...(Array.isArray(errors)
      ? { errors: list.filter((one) => !inside.includes(one)).map((one) => takeApart(one, inside)) }
      : {}),
  };
}

/** @param around the errors that this is the cause of: one that is its own cause has none on the other side */
function takeApart(thrown: unknown, around: readonly unknown[]): Thrown {
  if (thrown instanceof DOMException) {
    const { name, message, stack } = thrown;
    return { is: 'DOMException', name, message, stack };
  }
  if (isNativeError(thrown) || thrown instanceof Error) return takeErrorApart(thrown, around);
  return { is: 'value', value: cloneable(thrown) };
}

/** What a child sends of what was thrown in it: anything at all. */
export function sendableError(thrown: unknown): Thrown {
  try {
    return takeApart(thrown, []);
  } catch (error) {
    // A getter of the error has thrown in its turn.
    return takeApart(new Error('an error was thrown whose properties cannot be read', { cause: error }), []);
  }
}

/** A class of errors: in the parent an error of a child is one of the same class again, without its constructor being called. */
export type ErrorClass = abstract new (...args: never[]) => Error;

const OWN: readonly ErrorClass[] = [SyscallError, ChildExited, ChildKilled];

function classNamed(name: string, known: readonly ErrorClass[]): ErrorClass | undefined {
  const given = [...known, ...OWN].find((one) => one.name === name);
  if (given !== undefined) return given;
  const global: unknown = Reflect.get(globalThis, name);
  const isError = typeof global === 'function' && (global === Error || global.prototype instanceof Error);
  return isError ? (global as unknown as ErrorClass) : undefined;
}

const hide = (error: Error, name: string, value: unknown): void =>
  void Object.defineProperty(error, name, { value, writable: true, configurable: true });

function putErrorTogether(thrown: ThrownError, known: readonly ErrorClass[]): Error {
  const { classes, name, message, stack, properties, cause, errors } = thrown;
  const found = classes.map((one) => classNamed(one, known));
  const nearest = found.find((one) => one !== undefined) ?? Error;
  const error = Reflect.construct(Error, [message], nearest as unknown as new () => Error) as Error;
  hide(error, 'stack', stack);
  Object.assign(error, properties);
  // Of a class that is not known here the name is left.
  const shown = name === 'Error' && found[0] === undefined ? (classes[0] ?? name) : name;
  if (error.name !== shown) hide(error, 'name', shown);
  if (cause !== undefined) hide(error, 'cause', putTogether(cause, known));
  if (errors !== undefined) {
    const list = errors.map((one) => putTogether(one, known));
    hide(error, 'errors', list);
  }
  return error;
}

function putTogether(thrown: Thrown, known: readonly ErrorClass[]): unknown {
  switch (thrown.is) {
    case 'value':
      return thrown.value;
    case 'error':
      return putErrorTogether(thrown, known);
    case 'DOMException': {
      const exception = new DOMException(thrown.message, thrown.name);
      hide(exception, 'stack', thrown.stack);
      return exception;
    }
  }
}

/** What is thrown in the parent for it. @param known classes of the program's errors, beside those of JavaScript and of this package */
export function receivedError(thrown: Thrown, known: readonly ErrorClass[]): unknown {
  return putTogether(thrown, known);
}
