import type { Benchmark } from '../harness/benchmark';
import { OURS } from '../harness/results';
import { peerServers, renamed, serverMeasurements, shipped } from '../harness/server-rows';
import { MICROSECONDS } from '../harness/servers';

/** Zombies are reaped, and accept goes on: what the figure leaves out, and every peer does. */
const COMMAND = 'figure-4.13 --sigchld handler --sa-restart --quiet';

/** bench/peers/server.ts: what this package's own calls cost, without the command around them. */
const ALONE = {
  realfork: { id: 'alone', name: 'the figure alone' },
  'realfork-tuned': { id: 'alone-tuned', name: 'the figure alone, tuned' },
};

export const figure413: Benchmark = {
  name: 'figure-4.13',
  summary: '`serve figure-4.13` and the figure alone beside the same in C, CPython, Perl, PHP and Ruby',
  prepare(peers, options) {
    const servers = peerServers(peers, 'server');
    return serverMeasurements(
      {
        name: 'figure-4.13',
        title: 'fork per connection: connect – echo 5 bytes – close',
        rows: [
          ...servers.filter(({ id }) => !OURS.includes(id)),
          shipped('realfork', COMMAND),
          shipped('realfork-tuned', `${COMMAND} --tuned`),
          ...renamed(servers, ALONE),
        ],
        goals: [
          { of: 'realfork-tuned', beside: 'alone-tuned', atLeast: 0.95 },
          { of: 'realfork-tuned', beside: 'python', atLeast: 1, in: MICROSECONDS },
          { of: 'realfork-tuned', beside: 'python-of-system', atLeast: 1, in: MICROSECONDS },
        ],
      },
      peers,
      options,
    );
  },
};
