import { AF_UNIX, SOCK_STREAM } from '../constants';
import { native } from '../native';

/**
 * JavaScript that only children run is compiled, and its inline caches are filled, in every child anew. Run
 * once in the parent beforehand, on a pair of sockets, it is there for all of them.
 */
type Rehearsal = (client: number, connfd: number) => void;

let rehearsals: readonly Rehearsal[] = [];

/**
 * V8 gives a function its inline caches when it has run a number of times (eight, or a budget of bytecodes, by
 * version); before that every access to a property is looked up.
 */
const TIMES = 16;

/** Has `rehearse` run before the first fork of this process: it is to close both sockets, and leave nothing behind. */
export function rehearseBeforeFirstFork(rehearse: Rehearsal): void {
  rehearsals = [...rehearsals, rehearse];
}

/** Whether it could be run: it is not what the program asked for, and where there are no descriptors left it waits. */
function runOnce(rehearse: Rehearsal): boolean {
  const pair = native.socketpair(AF_UNIX, SOCK_STREAM, 0);
  if (typeof pair === 'number') return false;
  try {
    rehearse(...pair);
  } catch (error) {
    for (const fd of pair) native.close(fd); // it has not come to that
    throw error;
  }
  return true;
}

/** The same, at once. Where there are no descriptors left, it is left out. @throws what `rehearse` throws */
export function rehearseNow(rehearse: Rehearsal): void {
  let times = 0;
  while (times < TIMES && runOnce(rehearse)) ++times;
}

export function runRehearsals(): void {
  if (rehearsals.length === 0) return;
  const due = rehearsals;
  rehearsals = []; // a signal handler may fork meanwhile
  for (const rehearse of due) {
    let times = 0;
    while (times < TIMES && runOnce(rehearse)) ++times;
    if (times < TIMES) rehearseBeforeFirstFork(rehearse);
  }
}
