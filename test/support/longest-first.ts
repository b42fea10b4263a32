import type { Test } from '@jest/reporters';
import Sequencer from '@jest/test-sequencer';

/**
 * Jest's order of test files where it knows how long each took; on a machine that has not run them it goes by their size,
 * and one of the shortest files takes longest: the others would have ended, and it alone would run on.
 */
const LONGEST: readonly string[] = [
  ...[
    'labs-verify',
    'labs-in-c',
    'experiments',
    'fork',
    'labs-hostile',
    'labs-hostile-c',
    'labs-languages',
    'cli-servers',
    'costs',
    'labs-late',
    'labs',
    'labs-autograder',
  ],
  ...['fork-like-fresh', 'cli-serve-services', 'cli-serve-forking', 'cli-serve', 'figures', 'timeline-page'],
];

function rank({ path }: Test): number {
  const [, name = ''] = /([^/]+)\.test\.js$/.exec(path) ?? [];
  const nth = LONGEST.indexOf(name);
  return nth === -1 ? LONGEST.length : nth;
}

export default class LongestFirst extends Sequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    return (await super.sort(tests)).sort((one, other) => rank(one) - rank(other));
  }
}
