import type { Fault } from './faults';
import type { FiguresRun, Moment } from './run';

/** What is shown of each run: of a server with a fault only what differs. */

const TITLES: Readonly<Record<Fault, string>> = {
  none: 'Figure 4.13, as printed',
  'parent-keeps-connfd': 'The parent forgets to close connfd',
  'child-keeps-listenfd': 'The child forgets to close listenfd',
};

export interface Chapter {
  readonly title: string;
  readonly moments: readonly Moment[];
}

export function chapterOf({ fault, moments }: FiguresRun): Chapter {
  const differs: readonly Moment['id'][] = ['after-closes', 'afterwards'];
  return { title: TITLES[fault], moments: moments.filter(({ id }) => fault === 'none' || differs.includes(id)) };
}

/** "Figure 4.14. Status of client/server before call to accept returns" */
export function captionOf({ figure, caption }: Moment): string {
  return figure === undefined ? caption : `${figure}. ${caption}`;
}
