import { html, join } from './html';

/** What all timelines of a page share. */

const ARROWS = ['fork', 'signal', 'sigchld', 'reap'] as const;

const heads = ARROWS.map(
  (kind) => html`<marker id="head-${kind}" class="head ${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"
 markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5L8 4L0 7.5z"/></marker>`,
);

/** The heads of arrows and the shading of zombies, by their ids. */
export const DRAWINGS = html`<svg class="shared" width="0" height="0" aria-hidden="true"><defs>${join(heads)}
<pattern id="hatch" class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6"/><path d="M0 0V6"/></pattern></defs></svg>`;

const LINES: readonly (readonly [classes: string, text: string])[] = [
  ['bar call', 'a call, from entry to return'],
  ['bar call failed', 'failed'],
  ['bar call open', 'did not return'],
  ['bar handler', 'a signal handler runs'],
  ['zombie', 'zombie: exited, status not taken'],
];

const swatches = LINES.map(
  ([classes, text]) =>
    html`<li><svg width="26" height="12" aria-hidden="true"><g class="${classes}"><rect width="26" height="12"/></g></svg>${text}</li>\n`,
);

const ARROW_TEXTS = {
  fork: 'fork to child',
  signal: 'kill to handler',
  sigchld: 'exit to SIGCHLD handler',
  reap: 'to the wait that took the status',
};

const arrows = ARROWS.map(
  (kind) =>
    html`<li><svg width="26" height="12" aria-hidden="true"><path class="arrow ${kind}" d="M1 6H24" marker-end="url(#head-${kind})"/></svg>${ARROW_TEXTS[kind]}</li>\n`,
);

export const LEGEND = html`<details class="legend" open><summary>How to read a timeline</summary>
<ul>
${join([...swatches, ...arrows])}</ul>
<p>A lane is a process. Drag to pan; the buttons, Ctrl with the wheel, or a pinch zoom. With the keyboard: Tab to a timeline,
then the arrow keys go from one thing to the next, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>Enter</kbd> zooms to what is chosen,
<kbd>0</kbd> shows all of it.</p>
</details>`;
