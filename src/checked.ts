/** Arguments of functions that are no system calls: their types are looked at before anything is made of them. */

/** What Node's own messages say of a wrong value. Its parts are not looked at: there may be any number of them. */
function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
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

function wrongType(call: string, argument: string, wanted: string, value: unknown): TypeError {
  const message = `The argument "${argument}" of ${call}() must be ${wanted}. Received ${received(value)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
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
export function checkObject(call: string, argument: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null) throw wrongType(call, argument, 'an object', value);
}
