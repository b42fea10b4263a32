import { useTuning } from '../fork/tuning';
import { forksOften } from './often';
import { relaunchTuned } from './relaunch';

/**
 * Makes this program one that forks often: started anew, with settings for that, if it has not been (relaunchTuned() has what
 * that asks of it), and with what is done every so many forks.
 */
export function tune(keep: readonly number[] = []): void {
  relaunchTuned(keep);
  useTuning(forksOften);
}
