import type { Lab, LabTest } from './lab';
import type { Language } from './submission';

/** What a test counts in a language. */
export interface Share {
  readonly points: number;
  /** Of these, those that a test had which is not applicable. */
  readonly moved: number;
}

/**
 * The points of a lab's tests in a language. Those of tests that are not applicable go to the others, one each, from the
 * first on: a lab has as many points in every language.
 */
export function pointsIn({ tests }: Lab, language: Language): (test: LabTest) => Share {
  const isApplicable = ({ notFor }: LabTest): boolean => notFor?.[language] === undefined;
  const there = tests.filter(isApplicable);
  const left = tests.filter((test) => !isApplicable(test)).reduce((sum, { points }) => sum + points, 0);
  return (test) => {
    const place = there.indexOf(test);
    if (place === -1) return { points: 0, moved: 0 };
    const moved = Math.floor((left + there.length - 1 - place) / there.length);
    return { points: test.points + moved, moved };
  };
}
