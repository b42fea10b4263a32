import { availableParallelism } from 'node:os';
import { checkText, outOfRange, wrongType } from '../../checked';
import { checkOptions } from '../../options';
import { type ChildOptions, type ChildSettings, checkMilliseconds, childSettings } from '../fork-child';
import { checkCount } from '../fork-map';
import { checkDeadline, checkFunction } from '../in-child';

/** What children can be asked to do: a function, or several by their names. */
export type Tasks = ((data: never) => unknown) | { readonly [name: string]: (data: never) => unknown };

/** What is called where a task names no function. */
export const DEFAULT_NAME = 'default';

export interface ForkPoolOptions<Functions extends Tasks = Tasks> extends ChildOptions {
  /** What the children do: it is in their memory, with all that it closes over. Either this or `filename`. */
  readonly task?: Functions;
  /** As piscina's: a module whose exports are the functions. It is loaded in this process, before the first fork. */
  readonly filename?: string | URL;
  /** The function of a task that names none. Default: "default", or the only one. */
  readonly name?: string;
  /** The most children at a time. Default: one for each processor. */
  readonly size?: number;
  /** So many are there before the first task, and stay. Default: 0, they are forked as they are needed. */
  readonly minSize?: number;
  /** Warms this process up, whose memory the children will have: before the first fork. It may be async. */
  readonly prepare?: () => unknown;
  /** A child that has done so many tasks is replaced. Default: never. */
  readonly maxTasks?: number;
  /** A child is replaced whose resident memory has grown by more than so many bytes since its fork. Default: never. */
  readonly maxMemory?: number;
  /** A child that had nothing to do for so long ends, unless `minSize` keeps it. Milliseconds; default: never. */
  readonly idleTimeout?: number;
  /** The most tasks that wait for a child: run() is rejected with ERR_POOL_QUEUE_FULL beyond that. Default: no limit. */
  readonly maxQueue?: number;
  /** How often a task is given to another child whose child has died: it must not matter that it was begun. Default: 0. */
  readonly retries?: number;
  /** How long a task may take, from its start. Milliseconds; default: no limit. Its child is ended. */
  readonly timeout?: number;
}

/** Of one task. */
export interface RunOptions {
  /** Which function. */
  readonly name?: string;
  /** When it is aborted the task is rejected with its reason. Its child is ended, if it has one. */
  readonly signal?: AbortSignal;
  /** In place of the pool's. */
  readonly timeout?: number;
  /** In place of the pool's. */
  readonly retries?: number;
}

/** The same, checked, with nothing left out. */
export interface PoolSettings {
  readonly child: ChildSettings;
  readonly tasks: Tasks | undefined;
  readonly filename: string | URL | undefined;
  readonly name: string;
  readonly size: number;
  readonly minSize: number;
  readonly prepare: () => unknown;
  readonly maxTasks: number;
  readonly maxMemory: number;
  readonly idleTimeout: number | undefined;
  readonly maxQueue: number;
  readonly retries: number;
  readonly timeout: number | undefined;
}

const KNOWN = [
  ...['task', 'filename', 'name', 'size', 'minSize', 'prepare', 'maxTasks', 'maxMemory', 'idleTimeout', 'maxQueue'],
  ...['retries', 'timeout'],
];

const isNone = (value: unknown): boolean => value === Number.POSITIVE_INFINITY;

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkFrom0(call: string, argument: string, value: unknown): asserts value is number {
  if (value !== 0) checkCount(call, argument, value);
}

function checkTasks(call: string, { task, filename }: ForkPoolOptions): void {
  if (filename !== undefined) {
    if (task !== undefined) throw wrongType(call, 'options.filename', 'left out beside options.task', filename);
    if (typeof filename !== 'string' && !(filename instanceof URL)) {
      throw wrongType(call, 'options.filename', 'a path or a URL', filename);
    }
    return;
  }
  if (typeof task === 'function') return;
  if (typeof task !== 'object' || task === null)
    throw wrongType(call, 'options.task', 'a function or an object of functions', task);
  for (const [name, one] of Object.entries(task)) checkFunction(call, `options.task.${name.slice(0, 40)}`, one);
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function poolSettings(options: ForkPoolOptions): PoolSettings {
  const call = 'ForkPool';
  const child = childSettings(call, options, KNOWN);
  checkTasks(call, options);
  const { size = availableParallelism(), minSize = 0, prepare = () => {}, retries = 0, name = DEFAULT_NAME } = options;
  const { maxTasks = Number.POSITIVE_INFINITY, maxMemory = Number.POSITIVE_INFINITY } = options;
  const { maxQueue = Number.POSITIVE_INFINITY, idleTimeout, timeout, task: tasks, filename } = options;
  checkText(call, 'options.name', name);
  checkCount(call, 'options.size', size);
  checkFrom0(call, 'options.minSize', minSize);
  if (minSize > size) throw outOfRange(call, 'options.minSize', `at most options.size, ${size}`, minSize);
  checkFunction(call, 'options.prepare', prepare);
  checkCount(call, 'options.maxTasks', maxTasks);
  checkCount(call, 'options.maxMemory', maxMemory);
  checkFrom0(call, 'options.maxQueue', maxQueue);
  checkFrom0(call, 'options.retries', retries);
  for (const [which, value] of Object.entries({ idleTimeout, timeout })) {
    if (value !== undefined && !isNone(value)) checkMilliseconds(call, `options.${which}`, value);
  }
  const limited = (value: number | undefined): number | undefined => (isNone(value) ? undefined : value);
  return {
    ...{ child, tasks, filename, name, size, minSize, prepare, maxTasks, maxMemory, maxQueue, retries },
    ...{ idleTimeout: limited(idleTimeout), timeout: limited(timeout) },
  };
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function checkRun(options: RunOptions): void {
  checkOptions('run', 'options', options, ['name', 'signal', 'timeout', 'retries']);
  const { name, retries } = options;
  if (name !== undefined) checkText('run', 'options.name', name);
  if (retries !== undefined) checkFrom0('run', 'options.retries', retries);
  checkDeadline('run', options);
}
