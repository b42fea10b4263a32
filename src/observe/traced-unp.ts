import { calls } from '../calls';
import { exit } from '../fork/exit';
import { createUnp, type Unp } from '../unp/wrappers';
import { monotonic, type Sink } from './events';
import { nowhere } from './outlets';
import { traced } from './trace';

/** The calls of a program that is watched: `sink` is told of each, and of exit. The plain ones, if nobody listens. */
export function tracedUnp(sink: Sink): Unp {
  if (sink === nowhere) return createUnp(calls);
  return createUnp(traced(calls, sink), (status) => {
    sink({ kind: 'exit', t: monotonic(), pid: process.pid, status });
    return exit(status);
  });
}
