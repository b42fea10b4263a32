import type { Event } from '../observe/events';

/** Events of a program that may write anything to their descriptor. */

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  enter: ['call', 'args'],
  call: ['call', 'args', 'shown'],
  signal: ['signal', 'phase'],
  listening: ['address'],
  exit: [],
  role: ['role'],
  note: ['name'],
};

function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const texts = TEXTS[String(fields['kind'])];
  if (texts === undefined || typeof fields['t'] !== 'number' || typeof fields['pid'] !== 'number') return false;
  return texts.every((name) => typeof fields[name] === 'string');
}

/** Undefined if it is no event. */
export function readEvent(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
