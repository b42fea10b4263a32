import type { Arrow } from '../../timeline/model';
import { BAR, type Layout } from './layout';
import { type Group, type Point, type View, xAt } from './view';

/** More would hide what is behind them: they are then drawn faint. */
const MANY = 60;
/** How far an arrow goes straight before it bends, at least. Pixels. */
const LEAST_BEND = 8;

/** The arrows of a timeline, each with a wider invisible one below it, for the pointer. */
export class ArrowDrawing {
  /** Each arrow's place in the list: what tells it from the others. */
  private readonly keys: ReadonlyMap<Arrow, number>;

  constructor(
    private readonly layout: Layout,
    private readonly group: Group,
    private readonly point: Point,
  ) {
    const { arrows } = layout.timeline;
    this.keys = new Map(arrows.map((arrow, index) => [arrow, index]));
    group.classed('many', arrows.length > MANY);
  }

  place(view: View): void {
    const right = view.gutter + view.width;
    const inView = this.layout.timeline.arrows.filter(
      ({ from, to }) => xAt(view, to.t) >= view.gutter && xAt(view, from.t) <= right,
    );
    this.group
      .selectAll<SVGGElement, Arrow>('g')
      .data(inView, (arrow) => this.keys.get(arrow) ?? '')
      .join((enter) => {
        const made = enter.append('g');
        made.append('path').attr('class', 'reach');
        made
          .append('path')
          .attr('class', ({ kind }) => `arrow ${kind}`)
          .attr('marker-end', ({ kind }) => `url(#head-${kind})`);
        return made
          .on('pointerenter pointermove', (event: PointerEvent, arrow) => this.pointAt(arrow, event))
          .on('pointerleave', () => this.point(undefined));
      })
      .selectAll<SVGPathElement, unknown>('path')
      .data((arrow) => [arrow, arrow])
      .attr('d', (arrow) => this.path(arrow, view));
  }

  private pointAt(arrow: Arrow, event: PointerEvent): void {
    const lane = this.layout.timeline.lanes[arrow.about];
    if (lane !== undefined) this.point({ kind: 'arrow', lane, arrow }, event);
  }

  /** From the middle of the row that it leaves to the edge of the bar that it comes to. */
  private path({ from, to }: Arrow, view: View): string {
    const [x1, x2] = [xAt(view, from.t).toFixed(2), xAt(view, to.t).toFixed(2)];
    const [y1, y2] = [this.layout.placeY(from), this.layout.placeY(to)];
    // From a handler to a call in it: round its corner, where there is no label.
    if (from.lane === to.lane) return `M${x1} ${y1 + BAR / 2}V${y2}H${x2}`;
    const down = Math.sign(y2 - y1) || 1;
    const end = y2 - (down * BAR) / 2;
    const bend = down * Math.max(LEAST_BEND, Math.abs(end - y1) / 2);
    return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${end - bend} ${x2} ${end}`;
  }
}
