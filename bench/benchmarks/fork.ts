import { type Benchmark, type Measurement, single } from '../harness/benchmark';
import { medianOfSamples, rowsFor } from '../harness/rows';
import type { Peers } from '../peers';
import { figure413 } from './figure-4.13';

/** Round trips of one round, and those before it that do not count. */
const SAMPLES = 300;
const WARM_UP = 50;

function roundTrips(peers: Peers): Measurement {
  const measure = async (command: readonly string[], name: string): Promise<number> =>
    (await medianOfSamples(name, command, [0, SAMPLES, WARM_UP])) / 1000;
  const spawnSync = peers.all.find(({ id }) => id === 'realfork')?.command('spawn-sync') ?? [];
  return single({
    ...{ id: 'round-trip', title: 'fork + _exit + waitpid', unit: 'µs', better: 'less' },
    rows: [
      ...rowsFor(peers, 'round-trip', measure),
      {
        ...{ id: 'spawnSync', name: "child_process.spawnSync('/bin/true')" },
        measure: async () => (await medianOfSamples('spawnSync', spawnSync, [SAMPLES, WARM_UP])) / 1000,
      },
    ],
    goals: [{ of: 'realfork-tuned', beside: 'c', atLeast: 0.4 }],
  });
}

/** Whom fork is compared with by itself; figure-4.13 has all of them. */
const NEAREST = ['c', 'python', 'python-of-system', 'realfork', 'realfork-tuned'];

export const fork: Benchmark = {
  name: 'fork',
  summary: 'fork + _exit + waitpid, and fork-per-connection servers, next to C and CPython',
  prepare: (peers, options) => {
    const nearest = { ...peers, all: peers.all.filter(({ id }) => NEAREST.includes(id)) };
    return [roundTrips(nearest), ...figure413.prepare(nearest, options)];
  },
};
