import { connectionsToDrop } from './agents';
import { streamsToWatch } from './busy-streams';
import { handlesToDrop } from './handles';
import { cachesToRenew } from './random-caches';
import { runSafely } from './run-safely';

/**
 * In the parent, before the fork: what a child has to do that nothing of its parent's is in it that must not be in two
 * processes. docs/forked-child.md has what is in it all the same. All that a child needs for that is found, compiled and
 * loaded here, so that it needs no file, no descriptor and no right to read.
 * @throws Error ERR_FORK_TIMERS
 */
export function inheritedState(inheritsHandles: boolean): () => void {
  const renewCaches = cachesToRenew();
  const dropConnections = connectionsToDrop();
  const watchStreams = streamsToWatch();
  const dropHandles = inheritsHandles ? undefined : handlesToDrop();
  return () => {
    runSafely(renewCaches);
    if (dropConnections !== undefined) runSafely(dropConnections);
    if (watchStreams !== undefined) runSafely(watchStreams);
    if (dropHandles !== undefined) runSafely(dropHandles);
  };
}
