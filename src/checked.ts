import { isUint8Array } from 'node:util/types';

/** Arguments of functions that are no system calls: their types are looked at before anything is made of them. */

/** A Proxy that was revoked is nothing that can be asked. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** What Node's own messages say of a wrong value. Its parts are not looked at: there may be any number of them. */
function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (isArray(value)) return 'an array';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'function':
      return 'a function';
    case 'string':
      return `type string ('${value.length > 28 ? `${value.slice(0, 25)}...` : value}')`;
    case 'number':
    case 'boolean':
      return `type ${typeof value} (${value})`;
    default:
      return `type ${typeof value}`;
  }
}

const mustBe = (call: string, argument: string, wanted: string, value: unknown): string =>
  `The argument "${argument}" of ${call}() must be ${wanted}. Received ${received(value)}`;

/** A TypeError that says which argument of which call is wrong, and what it should be. */
export function wrongType(call: string, argument: string, wanted: string, value: unknown): TypeError {
  return Object.assign(new TypeError(mustBe(call, argument, wanted, value)), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** A RangeError likewise. */
export function outOfRange(call: string, argument: string, wanted: string, value: unknown): RangeError {
  return Object.assign(new RangeError(mustBe(call, argument, wanted, value)), { code: 'ERR_OUT_OF_RANGE' });
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkNumber(call: string, argument: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') throw wrongType(call, argument, 'of type number', value);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkText(call: string, argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(call, argument, 'of type string', value);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkFlag(call: string, argument: string, value: unknown): asserts value is boolean | number {
  if (typeof value !== 'boolean' && typeof value !== 'number') {
    throw wrongType(call, argument, 'of type boolean or number', value);
  }
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkBytes(call: string, argument: string, value: unknown): asserts value is Uint8Array {
  if (!isUint8Array(value)) throw wrongType(call, argument, 'a Buffer or a Uint8Array', value);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkArray(call: string, argument: string, value: unknown): asserts value is readonly unknown[] {
  if (!isArray(value)) throw wrongType(call, argument, 'an array', value);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export function checkObject(call: string, argument: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null) throw wrongType(call, argument, 'an object', value);
}

/**
 * An object whose properties have names that the program has given: a Buffer has one for each byte.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function checkRecord(call: string, argument: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || isArray(value) || ArrayBuffer.isView(value)) {
    throw wrongType(call, argument, 'an object', value);
  }
}

/** A whole number that C's int can hold, from 0. @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkDescriptor(call: string, argument: string, value: unknown): asserts value is number {
  checkNumber(call, argument, value);
  if (!Number.isInteger(value) || value < 0 || value > 2 ** 31 - 1) {
    throw outOfRange(call, argument, 'a descriptor', value);
  }
}

/**
 * An array of numbers. An array may be of any length: it is as long as its elements are numbers.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function checkNumbers(call: string, argument: string, value: unknown): asserts value is readonly number[] {
  if (!isArray(value)) throw wrongType(call, argument, 'an array of numbers', value);
  for (let i = 0; i < value.length; ++i) checkNumber(call, `${argument}[${i}]`, value[i]);
}
