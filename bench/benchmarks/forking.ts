import type { Benchmark } from '../harness/benchmark';
import { OURS } from '../harness/results';
import { peerServers, renamed, serverMeasurements, shipped } from '../harness/server-rows';
import { MICROSECONDS } from '../harness/servers';

const PROGRAM = { realfork: { id: 'program', name: 'createForkingServer, in ten lines' } };

export const forking: Benchmark = {
  name: 'forking',
  summary: '`serve forking` and a program with createForkingServer beside servers that fork in other languages',
  prepare: (peers, options) =>
    serverMeasurements(
      {
        name: 'forking',
        title: 'the server for production: connect – echo 5 bytes – close',
        rows: [
          ...peerServers(peers, 'server').filter(({ id }) => !OURS.includes(id)),
          shipped('realfork', 'forking --quiet'),
          shipped('not-tuned', 'forking --quiet --no-tuned'),
          shipped('requests', 'forking --quiet --requests 10'),
          shipped('spare', 'forking --quiet --spare 8'),
          ...renamed(peerServers(peers, 'forking-server'), PROGRAM),
        ],
        goals: [
          { of: 'realfork', beside: 'python', atLeast: 1.25, in: MICROSECONDS },
          { of: 'realfork', beside: 'python-of-system', atLeast: 1.25, in: MICROSECONDS },
          { of: 'realfork', beside: 'perl', atLeast: 1.25, in: MICROSECONDS },
          { of: 'realfork', beside: 'c', atLeast: 0.4, in: MICROSECONDS, clients: 4 },
          { of: 'requests', beside: 'c', atLeast: 1.5, clients: 4 },
          { of: 'spare', beside: 'c', atLeast: 0.55, clients: 1 },
        ],
      },
      peers,
      options,
    ),
};
