import fs from 'node:fs';
import { describeArguments } from '#src/describe.js';
import type { Calls } from '#src/native.js';
import { createUnp, type Unp } from '#src/unp/wrappers.js';

/**
 * A table of system calls that gives results from a script: so that what the kernel seldom does can be
 * had at will. Each call has to be the script's next one.
 */

/** A call's name and what it gives: a result, a negative errno, or a function of its arguments. */
export type Line = readonly [name: keyof Calls, result: unknown];

/** What the scripted exit() throws: nothing runs after it. */
export class Exited extends Error {
  constructor(readonly status: number) {
    super(`exit(${status})`);
  }
}

export interface Scripted {
  readonly calls: Calls;
  readonly unp: Unp;
  /** Each call as it was made: "accept(3)"; exit as "exit(0)". */
  readonly made: string[];
  /** Lines that were not asked for. */
  readonly left: () => number;
}

export function scripted(lines: readonly Line[]): Scripted {
  const made: string[] = [];
  let next = 0;
  const answer =
    (name: string) =>
    (...args: unknown[]): unknown => {
      const call = `${name}(${describeArguments(name, args)})`;
      const [expected, result] = lines[next] ?? ['the end of the script', undefined];
      next += 1;
      if (name !== expected) throw new Error(`${call} was called, after ${made.join(', ')}; scripted was ${expected}`);
      made.push(call);
      return typeof result === 'function' ? result(...args) : result;
    };
  const calls = new Proxy({}, { get: (_table, name) => answer(String(name)) }) as Calls;
  const unp = createUnp(calls, (status) => {
    made.push(`exit(${status})`);
    throw new Exited(status);
  });
  return { calls, unp, made, left: () => lines.length - next };
}

/** What `run` writes to standard error before its scripted exit; and that exit's status. */
export function dies(run: () => unknown): { said: string; status: number | undefined } {
  let said = '';
  const spy = jest.spyOn(fs, 'writeSync').mockImplementation((_fd: number, text: unknown) => {
    said += String(text);
    return String(text).length;
  });
  try {
    run();
    return { said, status: undefined };
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
    return { said, status: error.status };
  } finally {
    spy.mockRestore();
  }
}

/** A read(2) that gives this text. */
export function giving(text: string | Uint8Array): (fd: number, buffer: Uint8Array) => number {
  return (_fd, buffer) => {
    const bytes = Buffer.from(text as string);
    buffer.set(bytes);
    return bytes.length;
  };
}
