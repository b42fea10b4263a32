/** What a program has asked to have done around its forks, for speed: src/tuned/. Most ask for nothing, and nothing is done. */
export interface ForkTuning {
  /** In the parent, before threads are parked: V8 has them help. */
  beforeParking(): void;
  /** In the parent, while V8's workers, and libuv's pool if it runs, are parked; with whether other threads run. */
  readonly whileParked: (runsOthers: boolean) => void;
  /** On both sides of every fork, so that no child is the first to run it. */
  afterFork(pid: number): void;
}

let tuning: ForkTuning | undefined;

/** For every fork from here on, those of its children too. */
export function useTuning(wanted: ForkTuning): void {
  tuning = wanted;
}

export const tuningOfThisFork = (): ForkTuning | undefined => tuning;
