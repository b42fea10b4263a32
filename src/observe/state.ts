import type { ProcessState } from './types';

/** The state letter of ps(1) and proc(5), whatever stands behind it ("Ss+"). */
export function stateOf(letters: string): ProcessState {
  switch (letters[0]) {
    case 'R':
      return 'running';
    case 'Z':
      return 'zombie';
    case 'T':
    case 't':
      return 'stopped';
    default:
      return 'sleeping'; // S; D, I, W and L wait for something as well
  }
}
