import { checkNumbers, wrongType } from '../checked';
import { checkOptions } from '../options';
import { observeFreebsd } from './freebsd/observe';
import { observeLinux } from './linux/observe';
import type { Observation, ObserveOptions } from './types';

function checkDetails(details: unknown): void {
  if (Array.isArray(details)) checkNumbers('observe', 'options.details', details);
  else if (details !== undefined && typeof details !== 'boolean') {
    throw wrongType('observe', 'options.details', 'a boolean or an array of numbers', details);
  }
}

/**
 * What these processes and all their descendants are at this moment: state, the system call that each is blocked in,
 * signals, descriptors, and the open file descriptions behind them with all that hold them.
 *
 * A process that ends while it is looked at is left out, as is a pid that there is no process for. Nobody is stopped:
 * what changes meanwhile may be seen half before the change and half after.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function observe(pids: number | readonly number[], options: ObserveOptions = {}): Observation {
  checkOptions('observe', 'options', options, ['details']);
  const roots: unknown = typeof pids === 'number' ? [pids] : pids;
  checkNumbers('observe', 'pids', roots);
  checkDetails(options.details);
  return process.platform === 'linux' ? observeLinux(roots, options) : observeFreebsd(roots);
}
