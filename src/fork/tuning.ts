/**
 * What a program has asked to have done around its forks, for speed: src/tuned/. Most ask for nothing, and nothing is done. For one
 * that does the fork also has malloc sort what was freed, once in the parent (native/fork_transaction.cc).
 */
export interface ForkTuning {
  /** In the parent, before threads are parked: V8 has them help. @param inARow how many forks there were since the last call */
  beforeFork(inARow: number): void;
  /** On both sides of every fork, so that no child is the first to run it. */
  afterFork(pid: number): void;
}

let tuning: ForkTuning | undefined;

/** For every fork from here on, those of its children too. */
export function useTuning(wanted: ForkTuning): void {
  tuning = wanted;
}

export const tuningOfThisFork = (): ForkTuning | undefined => tuning;
