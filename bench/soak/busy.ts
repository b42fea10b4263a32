/**
 * Forks from a parent whose thread pool is never idle, and has the children use theirs.
 *
 *   busy COUNT PATIENCE-SECONDS CHILDREN-AT-A-TIME
 *
 * Shown: fork comes between the jobs of the pool, all of which come to their ends in the parent; and a child's
 * own pool does its jobs, and lets it come to its end.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { parentsAlone, parentsStory, soakEventLoop } from './event-loop';
import { FACILITIES, use } from './facilities';
import { forkPairs } from './pairs';

/** In flight in the parent at any time. */
const JOBS = 16;

const [count = 0, patience = 30, atATime = 4] = process.argv.slice(2).map(Number);
let jobs = 0;
let over = false;

/** One job after the other. Of the facilities in turn, each of the JOBS with another first. */
async function keepBusy(first: number): Promise<void> {
  for (let turn = first; !over; ++turn) {
    const facility = FACILITIES[turn % FACILITIES.length];
    if (facility === undefined) return;
    await use(facility);
    jobs += 1;
  }
}

async function useAll(): Promise<void> {
  await Promise.all(FACILITIES.map(use));
}

void soakEventLoop({
  ...{ things: 'forks', patience },
  progress: ({ waitedFor }) => `${waitedFor}/${count} forks, ${jobs} jobs`,
  async run(children) {
    // What was done at the fork, but not yet said, is said in the child as well: there it starts nothing new.
    parentsAlone(() => {
      over = true;
    });
    const busy = Array.from({ length: JOBS }, (_, first) => parentsStory(`job ${first}`, keepBusy(first)));
    const isParent = await forkPairs(children, count, atATime, () => ({ inChild: useAll }));
    if (!isParent) return false;
    over = true;
    await Promise.all(busy);
    return true;
  },
  more: () => [`${jobs} jobs beside them`],
});
