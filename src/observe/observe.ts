import { checkOptions } from '../options';
import { observeFreebsd } from './freebsd/observe';
import { observeLinux } from './linux/observe';
import type { Observation, ObserveOptions } from './types';

/**
 * What these processes and all their descendants are at this moment: state, the system call that each is blocked in,
 * signals, descriptors, and the open file descriptions behind them with all that hold them.
 *
 * A process that ends while it is looked at is left out, as is a pid that there is no process for. Nobody is stopped:
 * what changes meanwhile may be seen half before the change and half after.
 * @throws TypeError ERR_INVALID_ARG_TYPE: an option that there is not
 */
export function observe(pids: number | readonly number[], options: ObserveOptions = {}): Observation {
  checkOptions('observe', 'options', options, ['details']);
  const roots = typeof pids === 'number' ? [pids] : pids;
  return process.platform === 'linux' ? observeLinux(roots, options) : observeFreebsd(roots);
}
