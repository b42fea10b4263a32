import type { Arrow, Bar, Lane } from '../../timeline/model';
import { axisTop, type Selection, select, type ZoomTransform } from './d3';
import { barText, hasReturned, type Item, spanOf, timeText } from './describe';
import { BAR, type Layout, ROW } from './layout';
import type { TimeScale } from './time-scale';

type Group = Selection<SVGGElement, unknown, null, undefined>;
export type Svg = Selection<SVGSVGElement, unknown, null, undefined>;

export const AXIS_HEIGHT = 22;
/** Of a character of the bars' fixed-width type, and the space before the first. Pixels. */
const CHARACTER = 6.3;
const INDENT = 4;
/** Less is no use as a label. */
const LEAST_LABEL = 3;
/** What is shorter is still to be seen. Pixels. */
const LEAST_WIDTH = 1.5;
const BETWEEN_TICKS = 78;
/** More would hide what is behind them. */
const MANY_ARROWS = 60;
const ZOMBIE = 'zombie';

/** At the right, for what goes on when the events end. Pixels. */
export const MARGIN = 30;
/** How far into the margin it goes on: a zombie that is there at the end is seen, were it the last to exit. Pixels. */
const GOES_ON = 20;

/** What of the time is shown, and where. */
export interface View {
  readonly scale: TimeScale;
  readonly transform: ZoomTransform;
  /** Of the names at the left, and of what is right of them. Pixels. */
  readonly gutter: number;
  readonly width: number;
}

interface Placed {
  readonly item: Item;
  readonly key: string;
  readonly x: number;
  readonly width: number;
}

function fitted(text: string, width: number): string {
  const room = Math.floor((width - INDENT) / CHARACTER);
  if (text.length <= room) return text;
  return room <= LEAST_LABEL ? '' : `${text.slice(0, room - 1)}…`;
}

function classesOf(bar: Bar): string {
  const open = hasReturned(bar) ? '' : ' open';
  const failed = bar.kind === 'call' && bar.errno !== undefined ? ' failed' : '';
  return `bar ${bar.kind}${open}${failed}`;
}

/** One timeline's SVG: made once, and placed anew whenever what is shown changes. */
export class Drawing {
  private readonly lanes: Group;
  private readonly zombies: Group;
  private readonly bars: Group;
  private readonly arrows: Group;
  private readonly exits: Group;
  private readonly clip: Selection<SVGRectElement, unknown, null, undefined>;
  private readonly axis: Group;

  /** @param id unique in the page */
  constructor(
    private readonly layout: Layout,
    axisSvg: Svg,
    private readonly svg: Svg,
    id: string,
    private readonly point: (item: Item | undefined, event?: PointerEvent) => void,
  ) {
    this.axis = axisSvg.append('g').attr('class', 'axis');
    this.clip = svg.append('clipPath').attr('id', `clip-${id}`).append('rect').attr('height', layout.height);
    this.lanes = svg.append('g').attr('class', 'lanes');
    const plot = svg.append('g').attr('clip-path', `url(#clip-${id})`);
    const layer = (name: string): Group => plot.append('g').attr('class', name);
    this.zombies = layer('zombies');
    this.bars = layer('bars');
    this.arrows = layer('arrows').classed('many', layout.timeline.arrows.length > MANY_ARROWS);
    this.exits = layer('exits');
    this.makeLanes();
  }

  place(view: View, chosen: Item | undefined): void {
    const { gutter, width } = view;
    this.svg.attr('viewBox', `0 0 ${gutter + width + MARGIN} ${this.layout.height}`);
    this.clip.attr('x', gutter).attr('width', width + MARGIN);
    this.placeAxis(view);
    this.placeLanes(view);
    const placed = this.layout.items.map((item, index) => this.placed(item, index, view));
    const inView = placed.filter(({ x, width: w }) => x + w >= gutter && x <= gutter + width);
    const of = (kind: Item['kind']): Placed[] => inView.filter(({ item }) => item.kind === kind);
    this.placeZombies(of('zombie'), view, chosen);
    this.placeBars(of('bar'), view, chosen);
    this.placeExits(of('exit'), chosen);
    this.placeArrows(view);
  }

  private makeLanes(): void {
    const { layout } = this;
    const lanes = this.lanes
      .selectAll<SVGGElement, Lane>('g')
      .data(layout.timeline.lanes)
      .join('g')
      .attr('class', 'lane')
      .attr('data-pid', (lane) => lane.pid)
      .attr('transform', (lane) => `translate(0 ${layout.top(lane)})`);
    lanes
      .append('rect')
      .attr('class', 'ground')
      .attr('height', (lane) => layout.heightOf(lane));
    lanes
      .append('line')
      .attr('class', 'life')
      .attr('y1', ROW / 2)
      .attr('y2', ROW / 2);
    const label = lanes
      .append('text')
      .attr('x', (lane) => 4 + 10 * Math.min(layout.generation(lane), 4))
      .attr('y', ROW / 2)
      .attr('dy', '0.35em');
    label
      .append('tspan')
      .attr('class', 'name')
      .text((lane) => lane.name);
    label
      .append('tspan')
      .attr('class', 'pid')
      .attr('dx', 6)
      .text((lane) => lane.pid);
  }

  private placeAxis({ scale, transform, gutter, width }: View): void {
    select(this.axis.node()?.ownerSVGElement ?? null).attr('viewBox', `0 0 ${gutter + width + MARGIN} ${AXIS_HEIGHT}`);
    const { start } = this.layout.timeline;
    const ticks = scale.ticks(width, transform, BETWEEN_TICKS);
    const place = Object.assign((t: number) => gutter + scale.x(t, width, transform), {
      domain: () => [start],
      range: () => [gutter, gutter + width],
      copy: () => place,
    });
    this.axis.attr('transform', `translate(0 ${AXIS_HEIGHT - 1})`).call(
      axisTop<number>(place)
        .tickValues(ticks)
        .tickFormat((t) => timeText(t - start))
        .tickSizeOuter(0),
    );
  }

  private placeLanes({ scale, transform, gutter, width }: View): void {
    const inPlot = (x: number): number => gutter + Math.min(Math.max(x, 0), width + MARGIN);
    const x = (t: number): number => scale.x(t, width, transform);
    this.lanes.selectAll<SVGRectElement, Lane>('.ground').attr('width', gutter + width + MARGIN);
    this.lanes
      .selectAll<SVGLineElement, Lane>('.life')
      .attr('x1', (lane) => inPlot(x(lane.start)))
      .attr('x2', (lane) => inPlot(x(lane.end) + (lane.ending === undefined ? GOES_ON : 0)));
  }

  private placed(item: Item, index: number, { scale, transform, gutter, width }: View): Placed {
    const at = (t: number): number => gutter + scale.x(t, width, transform);
    const key = String(index);
    switch (item.kind) {
      case 'bar':
      case 'zombie': {
        const [start, end] = spanOf(item);
        return { item, key, ...extent(at(start), at(end) + (this.goesOn(item) ? GOES_ON : 0)) };
      }
      case 'exit':
      case 'arrow':
        return { item, key, x: at(item.lane.end), width: 0 };
    }
  }

  private goesOn(item: Item): boolean {
    if (item.kind === 'zombie') return item.until === 'end of run';
    return item.kind === 'bar' && !hasReturned(item.bar) && item.lane.ending === undefined;
  }

  private join(
    parent: Group,
    data: readonly Placed[],
    chosen: Item | undefined,
    make: (g: ItemGroup) => void,
  ): ItemGroup {
    const groups = parent
      .selectAll<SVGGElement, Placed>('g')
      .data(data, ({ key }) => key)
      .join((enter) => {
        const made = enter.append('g');
        made
          .on('pointerenter pointermove', (event: PointerEvent, { item }) => this.point(item, event))
          .on('pointerleave', () => this.point(undefined));
        make(made);
        return made;
      });
    return groups.classed('chosen', ({ item }) => item === chosen).attr('transform', (one) => this.corner(one));
  }

  private corner({ item, x }: Placed): string {
    const y = item.kind === 'bar' ? this.layout.barTop(item.lane, item.bar) : this.layout.top(item.lane);
    return `translate(${x.toFixed(2)} ${y})`;
  }

  private placeBars(data: readonly Placed[], view: View, chosen: Item | undefined): void {
    const bars = this.join(this.bars, data, chosen, (made) => {
      made.attr('class', ({ item }) => (item.kind === 'bar' ? classesOf(item.bar) : ''));
      made.append('rect').attr('height', BAR).attr('rx', 2);
      made
        .filter(({ item }) => item.kind === 'bar' && item.bar.kind === 'handler')
        .append('path')
        .attr('class', 'mark')
        .attr('d', 'M-4 -6H4L0 1z');
      made
        .append('text')
        .attr('y', BAR / 2)
        .attr('dy', '0.34em');
    });
    bars.select('rect').attr('width', (one) => one.width);
    bars
      .select('text')
      .attr('x', (one) => inSight(one, view).from + INDENT)
      .text((one) => (one.item.kind === 'bar' ? fitted(barText(one.item.bar), inSight(one, view).width) : ''));
  }

  private placeZombies(data: readonly Placed[], view: View, chosen: Item | undefined): void {
    const zombies = this.join(this.zombies, data, chosen, (made) => {
      made.attr('class', 'zombie');
      made
        .append('rect')
        .attr('y', (ROW - BAR) / 2)
        .attr('height', BAR)
        .attr('rx', 2);
      made
        .append('text')
        .attr('y', ROW / 2)
        .attr('dy', '0.34em');
    });
    zombies.select('rect').attr('width', (one) => one.width);
    zombies
      .select('text')
      .attr('x', (one) => inSight(one, view).from + 2 * INDENT)
      .text((one) => (fitted(ZOMBIE, inSight(one, view).width - INDENT) === ZOMBIE ? ZOMBIE : ''));
  }

  private placeExits(data: readonly Placed[], chosen: Item | undefined): void {
    this.join(this.exits, data, chosen, (made) => {
      made.attr('class', 'exit');
      made.append('path').attr('d', `M0 1V${ROW - 1}`);
    });
  }

  private placeArrows({ scale, transform, gutter, width }: View): void {
    const { layout } = this;
    const at = (t: number): number => gutter + scale.x(t, width, transform);
    const path = ({ from, to }: Arrow): string => {
      const [x1, y1, x2, y2] = [at(from.t), layout.placeY(from), at(to.t), layout.placeY(to)];
      // From a handler to a call in it: round its corner, where there is no label.
      if (from.lane === to.lane) return `M${x1.toFixed(2)} ${y1 + BAR / 2}V${y2}H${x2.toFixed(2)}`;
      const down = Math.sign(y2 - y1) || 1;
      // To the edge of the bar, from the middle of what it leaves.
      const end = y2 - (down * BAR) / 2;
      const bend = Math.max(8, Math.abs(end - y1) / 2);
      return `M${x1.toFixed(2)} ${y1}C${x1.toFixed(2)} ${y1 + down * bend} ${x2.toFixed(2)} ${end - down * bend} ${x2.toFixed(2)} ${end}`;
    };
    const inView = layout.timeline.arrows.filter(({ from, to }) => at(to.t) >= gutter && at(from.t) <= gutter + width);
    const keys = new Map(layout.timeline.arrows.map((arrow, index) => [arrow, index]));
    this.arrows
      .selectAll<SVGGElement, Arrow>('g')
      .data(inView, (arrow) => keys.get(arrow) ?? '')
      .join((enter) => {
        const made = enter.append('g');
        made.append('path').attr('class', 'reach');
        made
          .append('path')
          .attr('class', ({ kind }) => `arrow ${kind}`)
          .attr('marker-end', ({ kind }) => `url(#head-${kind})`);
        made
          .on('pointerenter pointermove', (event: PointerEvent, arrow) => {
            const lane = layout.timeline.lanes[arrow.about];
            if (lane !== undefined) this.point({ kind: 'arrow', lane, arrow }, event);
          })
          .on('pointerleave', () => this.point(undefined));
        return made;
      })
      .selectAll<SVGPathElement, unknown>('path')
      .data((arrow) => [arrow, arrow])
      .attr('d', path);
  }
}

type ItemGroup = Selection<SVGGElement, Placed, SVGGElement, unknown>;

/** How much of it is shown, and from where in it: that is where its label belongs. */
function inSight({ x, width }: Placed, view: View): { from: number; width: number } {
  const from = Math.max(0, view.gutter - x);
  return { from, width: Math.min(x + width, view.gutter + view.width) - x - from };
}

function extent(from: number, to: number): { x: number; width: number } {
  return { x: from, width: Math.max(to - from, LEAST_WIDTH) };
}
