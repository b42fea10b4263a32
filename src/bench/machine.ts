import { arch, availableParallelism, cpus, loadavg, release, type } from 'node:os';

/** On what the numbers were had. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    system: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
  };
}

/** Of the last minute: how many processes wanted to run. */
export function loadAverage(): number {
  return loadavg()[0] ?? Number.NaN;
}
