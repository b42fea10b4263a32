import type { Lab } from './lab';

/** The labs in the order of the ladder. Each is loaded when it is asked for. */
const LABS: Readonly<Record<string, () => Lab>> = {
  '01': () => (require('./graders/01-iterative-server') as typeof import('./graders/01-iterative-server')).lab,
  '02': () => (require('./graders/02-figure-4.13') as typeof import('./graders/02-figure-4.13')).lab,
  '03': () => (require('./graders/03-zombies') as typeof import('./graders/03-zombies')).lab,
  '04': () => (require('./graders/04-eintr') as typeof import('./graders/04-eintr')).lab,
  '05': () => (require('./graders/05-sa-restart') as typeof import('./graders/05-sa-restart')).lab,
  '06': () => (require('./graders/06-wait-loop') as typeof import('./graders/06-wait-loop')).lab,
  '07': () => (require('./graders/07-no-zombies') as typeof import('./graders/07-no-zombies')).lab,
  '08': () => (require('./graders/08-descriptor-leaks') as typeof import('./graders/08-descriptor-leaks')).lab,
  '09': () => (require('./graders/09-handler-hygiene') as typeof import('./graders/09-handler-hygiene')).lab,
  '10': () => (require('./graders/10-limits') as typeof import('./graders/10-limits')).lab,
  '11': () => (require('./graders/11-graceful-stop') as typeof import('./graders/11-graceful-stop')).lab,
  '12': () => (require('./graders/12-web-server') as typeof import('./graders/12-web-server')).lab,
  '13': () => (require('./graders/13-prefork') as typeof import('./graders/13-prefork')).lab,
  '14': () => (require('./graders/14-shell') as typeof import('./graders/14-shell')).lab,
};

/** Sorted: of the keys of an object "10" comes before "01", as it is a number's. */
export const LAB_NUMBERS: readonly string[] = Object.keys(LABS).sort();

/** @param number "02", or "2" */
export function findLab(number: string): Lab | undefined {
  return LABS[number.padStart(2, '0')]?.();
}

export function allLabs(): Lab[] {
  return LAB_NUMBERS.flatMap((number) => findLab(number) ?? []);
}
