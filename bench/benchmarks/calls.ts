import { type Benchmark, type Row, single } from '../harness/benchmark';
import { medianOfSamples, rowsFor } from '../harness/rows';
import type { Peers } from '../peers';

/** By what JavaScript makes the call; bench/peers/calls.ts knows them by these names. */
const WAYS = [
  { id: 'realfork', name: 'realfork' },
  { id: 'realfork-c', name: 'realfork/c' },
  { id: 'node', name: 'Node: process.ppid, fs.readSync' },
  { id: 'koffi', name: 'koffi' },
] as const;

const TITLES = { getpid: 'getpid (process.ppid of Node, which keeps its pid)', read: 'read of 1 byte from /dev/zero' };

function hasKoffi(): boolean {
  try {
    require.resolve('koffi');
    return true;
  } catch {
    return false;
  }
}

function rows(peers: Peers, call: keyof typeof TITLES): Row<number>[] {
  const measure = (command: readonly string[], name: string, ...way: string[]): Promise<number> =>
    medianOfSamples(name, command, [...way, call]);
  const inC = rowsFor(peers, 'calls', (command, name) => measure(command, name)).filter(({ id }) => id === 'c');
  const program = peers.all.find(({ id }) => id === 'realfork')?.command('calls') ?? [];
  const inJavaScript = WAYS.map(({ id, name }): Row<number> => {
    if (id === 'koffi' && !hasKoffi()) return { id, name, skipped: 'not here: npm install --no-save koffi' };
    return { id, name, measure: () => measure(program, name, id) };
  });
  return [...inC, ...inJavaScript];
}

export const calls: Benchmark = {
  name: 'calls',
  summary: 'what a system call costs: getpid and a read of one byte, by this package, by Node itself, by koffi',
  prepare: (peers) =>
    (Object.keys(TITLES) as (keyof typeof TITLES)[]).map((call) =>
      single({
        ...{ id: `calls, ${call}`, title: TITLES[call], unit: 'ns', better: 'less' },
        rows: rows(peers, call),
      }),
    ),
};
