import { type Selection, select } from './d3';

/** From the pointer. Pixels. */
const OFFSET = 14;

/** The box at the pointer that says what is under it: one for the page. */
export class Tooltip {
  private readonly box: Selection<HTMLDivElement, unknown, null, undefined>;

  constructor(body: HTMLElement) {
    this.box = select(body).append('div').attr('class', 'tooltip').attr('role', 'tooltip').attr('hidden', '');
  }

  /** @param x and y of the pointer in the window, in pixels */
  show(lines: readonly string[], x: number, y: number): void {
    this.box
      .attr('hidden', null)
      .selectAll('p')
      .data(lines)
      .join('p')
      .text((line) => line);
    const box = this.box.node();
    if (box === null) return;
    const left = Math.max(4, Math.min(x + OFFSET, window.innerWidth - box.offsetWidth - 4));
    const below = y + OFFSET + box.offsetHeight <= window.innerHeight;
    const top = below ? y + OFFSET : Math.max(4, y - OFFSET - box.offsetHeight);
    this.box.style('left', `${left}px`).style('top', `${top}px`);
  }

  hide(): void {
    this.box.attr('hidden', '');
  }
}
