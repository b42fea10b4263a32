import type { Benchmark } from '../harness/benchmark';
import { peerServers, renamed, serverMeasurements, shipped } from '../harness/server-rows';
import { MICROSECONDS } from '../harness/servers';

/** The languages whose programs have no choice of the two. */
const isScripting = ({ id }: { readonly id: string }): boolean => id !== 'c';

export const exec: Benchmark = {
  name: 'exec',
  summary: '`serve forking --exec cat` beside servers that run cat for each connection, by fork and by vfork',
  prepare: (peers, options) =>
    serverMeasurements(
      {
        name: 'exec',
        title: 'cat for each connection: connect – echo 5 bytes – close',
        rows: [
          ...renamed(peerServers(peers, 'exec', 'fork'), { c: { id: 'c', name: 'C, fork + exec' } }),
          ...renamed(peerServers(peers, 'exec', 'vfork'), { c: { id: 'c-vfork', name: 'C, vfork + exec' } }),
          ...peerServers(peers, 'exec').filter(isScripting),
          shipped('realfork', 'forking --exec cat --quiet'),
        ],
        goals: [{ of: 'realfork', beside: 'c-vfork', atLeast: 0.75, in: MICROSECONDS }],
      },
      peers,
      options,
    ),
};
