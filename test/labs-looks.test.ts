import { settledLook } from '#src/labs/looks.js';
import type { Observation, ProcessView } from '#src/observe/types.js';

/** What the grader makes of looks at a program that goes on between them. */

const process = (pid: number, state: string, call?: string): Partial<ProcessView> =>
  ({ pid, state, ...(call === undefined ? {} : { blockedIn: { call } }) }) as Partial<ProcessView>;

const SERVER = process(1, 'sleeping', 'accept4');

/** Whether a program is settled that gives these looks, one after the other. */
function isSettled(...looks: readonly (readonly Partial<ProcessView>[])[]): boolean {
  const left = [...looks];
  return settledLook(() => ({ processes: left.shift() ?? [] }) as unknown as Observation) !== undefined;
}

test('a server that waits is settled, and so is one whose child is a zombie', () => {
  expect(isSettled([SERVER], [SERVER])).toBe(true);
  expect(isSettled([SERVER, process(2, 'zombie')], [SERVER, process(2, 'zombie')])).toBe(true);
  expect(isSettled([SERVER, process(2, 'zombie')], [SERVER])).toBe(true);
});

test('one that runs is not', () => {
  expect(isSettled([process(1, 'running')])).toBe(false);
  expect(isSettled([SERVER], [process(1, 'running')])).toBe(false);
});

test('a server that waits again has forked a child after the list was read: it is not settled yet', () => {
  expect(isSettled([SERVER], [SERVER, process(2, 'running')])).toBe(false);
  expect(isSettled([SERVER], [SERVER, process(2, 'sleeping', 'read')])).toBe(false);
});
