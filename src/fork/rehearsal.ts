/**
 * JavaScript that only children run is compiled, and its inline caches are filled, in every child anew. Run
 * once in the parent beforehand, it is there for all of them.
 */
const rehearsals: (() => void)[] = [];

/**
 * V8 gives a function its inline caches when it has run a number of times (eight, or a budget of bytecodes, by
 * version); before that every access to a property is looked up.
 */
const TIMES = 16;

/** Has `rehearse` run before the first fork of this process: it is to leave nothing behind. */
export function rehearseBeforeFirstFork(rehearse: () => void): void {
  rehearsals.push(rehearse);
}

export function runRehearsals(): void {
  for (const rehearse of rehearsals.splice(0)) {
    for (let time = 0; time < TIMES; ++time) rehearse();
  }
}
