/** In Jest's realm the errors of Node's own modules are not instances of its Error: hence no instanceof. */
function isError(error: unknown): error is { name: string; message: string; code?: unknown } {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}

/** True for a system error with one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return isError(error) && codes.includes(String(error.code));
}

/** What a test compares of an error: its class by name, and Node's code. */
export interface ErrorFacts {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
}

export function errorFacts(error: unknown): ErrorFacts {
  if (!isError(error)) return { name: typeof error, code: undefined, message: String(error) };
  return { name: error.name, code: error.code, message: error.message };
}

/** What `action` throws. */
export function thrownBy(action: () => unknown): ErrorFacts | 'nothing thrown' {
  try {
    action();
  } catch (error) {
    return errorFacts(error);
  }
  return 'nothing thrown';
}
