import { loadavg } from 'node:os';
import type { Rusage, Timeval } from 'realfork/c';
import { getrusage, RUSAGE_CHILDREN, RUSAGE_SELF } from 'realfork/c';
import { check } from './findings';

/** The pace is taken of so many forks. */
export const WINDOW = 10_000;
/** The last may be so much slower than the first, and than those of a new process, as a fraction. */
export const TOLERANCE = 0.05;

interface Mark {
  /** Milliseconds. */
  readonly time: number;
  /** Processor time of this process and of its children that have been waited for. Milliseconds. */
  readonly cpu: number;
}

interface Pace {
  readonly perSecond: number;
  /** Milliseconds of processor time for each. */
  readonly cpu: number;
}

const milliseconds = ({ tv_sec, tv_usec }: Timeval): number => tv_sec * 1e3 + tv_usec / 1e3;
const used = (usage: Rusage | -1): number =>
  usage === -1 ? Number.NaN : milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);

function mark(): Mark {
  return { time: performance.now(), cpu: used(getrusage(RUSAGE_SELF)) + used(getrusage(RUSAGE_CHILDREN)) };
}

function between(from: Mark, to: Mark): Pace {
  return { perSecond: (WINDOW * 1000) / (to.time - from.time), cpu: (to.cpu - from.cpu) / WINDOW };
}

const perSecondOf = (paces: readonly Pace[]): string =>
  `${Math.min(...paces.map(({ perSecond }) => perSecond)).toFixed(0)} to ` +
  `${Math.max(...paces.map(({ perSecond }) => perSecond)).toFixed(0)}/s`;

/** Whether a million forks are as fast at the end as they were in the beginning: the first and the last ten thousand. */
export class PaceOfForks {
  private readonly marks: Mark[] = [];

  /** Call before the first fork and after each. @param forks how many have been made */
  note(forks: number): void {
    if (forks % WINDOW === 0) this.marks.push(mark());
  }

  /** Complains where it has become slower. @returns a line for the summary; undefined where there were too few forks */
  verdict(): string | undefined {
    const paces = this.marks.slice(1).map((to, at) => between(this.marks[at] ?? to, to));
    const [first, last] = [paces[0], paces.at(-1)];
    if (first === undefined || last === undefined || paces.length < 2) return undefined;
    const slower = 1 - last.perSecond / first.perSecond;
    const rates = `first ${WINDOW} at ${first.perSecond.toFixed(0)}/s, last at ${last.perSecond.toFixed(0)}/s`;
    const cpu = `processor time of each ${first.cpu.toFixed(2)} → ${last.cpu.toFixed(2)} ms`;
    check(
      slower <= TOLERANCE,
      `it has become ${(slower * 100).toFixed(1)} % slower: ${rates}, ${cpu}. Only an idle machine can tell; ` +
        `load averages now: ${loadavg()
          .map((load) => load.toFixed(1))
          .join(', ')}`,
    );
    return `${rates}, each ${WINDOW} at ${perSecondOf(paces)}, ${cpu}`;
  }
}
