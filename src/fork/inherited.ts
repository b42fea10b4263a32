import { AGENT_MODULES, connectionsToDrop, hasGlobalDispatcher } from './agents';
import { STREAM_MODULES, streamsToWatch } from './busy-streams';
import { handlesToDrop } from './handles';
import { countLoaded, isLoaded } from './loaded';
import { cachesToRenew, RANDOM_MODULES } from './random-caches';
import { runSafely } from './run-safely';

const KEEPERS = [...AGENT_MODULES, ...STREAM_MODULES, ...RANDOM_MODULES];
/** How many modules Node had loaded when none of these was among them. */
let plainAt = 0;

/**
 * Whether nothing is loaded that keeps such things. It is asked at every fork, and each function that runs there costs the
 * parent up to two pages: V8 counts its calls, and the child has the page before.
 */
function isPlain(): boolean {
  if (hasGlobalDispatcher()) return false;
  if (countLoaded() === plainAt) return true;
  if (KEEPERS.some(isLoaded)) return false;
  plainAt = countLoaded();
  return true;
}

/**
 * In the parent, before the fork: what a child has to do that nothing of its parent's is in it that must not be in two
 * processes; undefined where there is nothing. docs/forked-child.md has what is in it all the same. All that a child needs for
 * that is found, compiled and loaded here, so that it needs no file, no descriptor and no right to read.
 * @throws Error ERR_FORK_TIMERS
 */
export function inheritedState(inheritsHandles: boolean): ((inChild: boolean) => void) | undefined {
  if (inheritsHandles && isPlain()) return undefined;
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
