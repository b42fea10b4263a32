import type { Benchmark } from '../harness/benchmark';
import { OURS } from '../harness/results';
import { peerServers, renamed, serverMeasurements, shipped } from '../harness/server-rows';

/** As many as `serve preforked` has by itself. */
const CHILDREN = '8';

const ALONE = {
  realfork: { id: 'alone', name: 'the design alone' },
  'realfork-tuned': { id: 'alone-tuned', name: 'the design alone, tuned' },
};

export const preforked: Benchmark = {
  name: 'preforked',
  summary:
    '`serve preforked`: eight children forked beforehand, all of them in accept (UNP 30.6), beside the same in C',
  prepare(peers, options) {
    const servers = peerServers(peers, 'preforked', CHILDREN);
    return serverMeasurements(
      {
        name: 'preforked',
        title: `preforked, ${CHILDREN} children: connect – echo 5 bytes – close`,
        rows: [
          ...servers.filter(({ id }) => !OURS.includes(id)),
          shipped('realfork', 'preforked --quiet'),
          ...renamed(servers, ALONE),
        ],
        goals: [{ of: 'realfork', beside: 'c', atLeast: 0.9 }],
      },
      peers,
      options,
    );
  },
};
