import { connectionsToDrop } from './agents';
import { streamsToWatch } from './busy-streams';
import { handlesToDrop } from './handles';
import { cachesToRenew } from './random-caches';
import { runSafely } from './run-safely';

/**
 * In the parent, before the fork: what a child has to do that nothing of its parent's is in it that must not be in two
 * processes; undefined where there is nothing. docs/forked-child.md has what is in it all the same. All that a child needs for
 * that is found, compiled and loaded here, so that it needs no file, no descriptor and no right to read.
 * @throws Error ERR_FORK_TIMERS
 */
export function inheritedState(inheritsHandles: boolean): ((inChild: boolean) => void) | undefined {
  const renewCaches = cachesToRenew();
  const inChildAlone = [connectionsToDrop(), streamsToWatch(), inheritsHandles ? undefined : handlesToDrop()].filter(
    (run) => run !== undefined,
  );
  if (renewCaches === undefined && inChildAlone.length === 0) return undefined;
  return (inChild) => {
    if (renewCaches !== undefined) runSafely(() => renewCaches(inChild));
    if (!inChild) return;
    for (const run of inChildAlone) runSafely(run);
  };
}
