import type { Timeline } from '../../timeline/model';
import { TimelineView } from './timeline-view';
import { Tooltip } from './tooltip';

/** The page's script: draws each run in the figure that the page has for it. */

const runs = JSON.parse(document.getElementById('runs')?.textContent ?? '[]') as Timeline[];
const tooltip = new Tooltip(document.body);

for (const figure of document.querySelectorAll<HTMLElement>('figure[data-run]')) {
  const id = figure.dataset['run'] ?? '';
  const timeline = runs[Number(id)];
  if (timeline !== undefined) new TimelineView(figure, timeline, id, tooltip);
}
