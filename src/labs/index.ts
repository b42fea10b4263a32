import type { Lab } from './lab';

/** The labs in the order of the ladder. Each is loaded when it is asked for. */
const LABS: Readonly<Record<string, () => Lab>> = {
  '01': () => (require('./graders/01-iterative-server') as typeof import('./graders/01-iterative-server')).lab,
  '02': () => (require('./graders/02-figure-4.13') as typeof import('./graders/02-figure-4.13')).lab,
  '03': () => (require('./graders/03-zombies') as typeof import('./graders/03-zombies')).lab,
  '10': () => (require('./graders/10-limits') as typeof import('./graders/10-limits')).lab,
  '11': () => (require('./graders/11-graceful-stop') as typeof import('./graders/11-graceful-stop')).lab,
  '12': () => (require('./graders/12-web-server') as typeof import('./graders/12-web-server')).lab,
  '13': () => (require('./graders/13-prefork') as typeof import('./graders/13-prefork')).lab,
  '14': () => (require('./graders/14-shell') as typeof import('./graders/14-shell')).lab,
};

export const LAB_NUMBERS: readonly string[] = Object.keys(LABS);

/** @param number "02", or "2" */
export function findLab(number: string): Lab | undefined {
  return LABS[number.padStart(2, '0')]?.();
}

export function allLabs(): Lab[] {
  return Object.values(LABS).map((load) => load());
}
