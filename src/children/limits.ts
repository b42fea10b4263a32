import { getPriority, setPriority } from 'node:os';
import { calls } from '../calls';
import { checkNumber, outOfRange, wrongType } from '../checked';
import {
  RLIM_INFINITY,
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_STACK,
} from '../constants';
import { checkOptions } from '../options';
import { orThrow } from '../posix/or-throw';
import type { Rlimit } from '../types';

/** The resources of setrlimit(2), by the names of their constants. */
const RESOURCES = {
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_STACK,
} as const;

type Resource = keyof typeof RESOURCES;

const NAMES = Object.keys(RESOURCES) as Resource[];

/** What a child may use. A number is both the soft and the hard limit. Units are those of setrlimit(2): bytes, seconds. */
export type Rlimits = { readonly [Name in Resource]?: number | Rlimit };

/** What a child gives itself when it begins. */
export interface Limits {
  /** Added to its nice value, as by nice(2): from -40 to 39. Below 0 only root may. 0 if left out. */
  readonly nice?: number | undefined;
  readonly rlimits?: Rlimits | undefined;
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkLimits(call: string, { nice, rlimits }: Limits): void {
  if (nice !== undefined) {
    checkNumber(call, 'options.nice', nice);
    if (!Number.isInteger(nice) || nice < -40 || nice > 39) {
      throw outOfRange(call, 'options.nice', 'a whole number from -40 to 39', nice);
    }
  }
  if (rlimits === undefined) return;
  checkOptions(call, 'options.rlimits', rlimits, NAMES);
  for (const name of NAMES) checkRlimit(call, `options.rlimits.${name}`, rlimits[name]);
}

function checkRlimit(call: string, argument: string, limit: unknown): void {
  if (limit === undefined) return;
  if (typeof limit === 'object' && limit !== null) {
    checkOptions(call, argument, limit, ['rlim_cur', 'rlim_max']);
    for (const end of ['rlim_cur', 'rlim_max']) checkEnd(call, `${argument}.${end}`, Reflect.get(limit, end));
  } else if (typeof limit === 'number') checkEnd(call, argument, limit);
  else throw wrongType(call, argument, 'a number or { rlim_cur, rlim_max }', limit);
}

function checkEnd(call: string, argument: string, value: unknown): void {
  checkNumber(call, argument, value);
  const isExact = value === RLIM_INFINITY || Number.isSafeInteger(value);
  if (value < 0 || !isExact) throw outOfRange(call, argument, 'a whole number >= 0, or RLIM_INFINITY', value);
}

const MOST_NICE = 19;
const LEAST_NICE = -20;

/**
 * In the child.
 * @throws SyscallError EPERM (a hard limit that is raised), SystemError EACCES (a nice value that is lowered). nice(2), setrlimit(2)
 */
export function limitSelf({ nice = 0, rlimits = {} }: Limits): void {
  if (nice !== 0) setPriority(Math.max(LEAST_NICE, Math.min(MOST_NICE, getPriority() + nice)));
  for (const name of NAMES) {
    const limit = rlimits[name];
    if (limit === undefined) continue;
    const rlimit = typeof limit === 'number' ? { rlim_cur: limit, rlim_max: limit } : limit;
    orThrow('setrlimit', calls.setrlimit(RESOURCES[name], rlimit), RESOURCES[name], rlimit);
  }
}
