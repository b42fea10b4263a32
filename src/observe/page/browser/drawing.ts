import type { Bar, Lane } from '../../timeline/model';
import { ArrowDrawing } from './arrows';
import { axisTop, type Selection, select } from './d3';
import { barText, hasReturned, type Item, spanOf, timeText } from './describe';
import { fitted, INDENT, whole } from './labels';
import { BAR, type Layout, ROW } from './layout';
import { AXIS_HEIGHT, GOES_ON, type Group, MARGIN, type Point, type Svg, type View, xAt } from './view';

const BETWEEN_TICKS = 78;
/** What is shorter is still to be seen. Pixels. */
const LEAST_WIDTH = 1.5;

interface Placed {
  readonly item: Item;
  readonly key: string;
  readonly x: number;
  readonly width: number;
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
  private readonly arrows: ArrowDrawing;
  private readonly exits: Group;
  private readonly clip: Selection<SVGRectElement, unknown, null, undefined>;
  private readonly axis: Group;

  /** @param id unique in the page */
  constructor(
    private readonly layout: Layout,
    axisSvg: Svg,
    private readonly svg: Svg,
    id: string,
    private readonly point: Point,
  ) {
    this.axis = axisSvg.append('g').attr('class', 'axis');
    this.clip = svg.append('clipPath').attr('id', `clip-${id}`).append('rect').attr('height', layout.height);
    this.lanes = svg.append('g').attr('class', 'lanes');
    const plot = svg.append('g').attr('clip-path', `url(#clip-${id})`);
    const layer = (name: string): Group => plot.append('g').attr('class', name);
    this.zombies = layer('zombies');
    this.bars = layer('bars');
    this.arrows = new ArrowDrawing(layout, layer('arrows'), point);
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
    this.arrows.place(view);
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

  private placeAxis(view: View): void {
    const { scale, transform, gutter, width } = view;
    select(this.axis.node()?.ownerSVGElement ?? null).attr('viewBox', `0 0 ${gutter + width + MARGIN} ${AXIS_HEIGHT}`);
    const { start } = this.layout.timeline;
    const ticks = scale.ticks(width, transform, BETWEEN_TICKS);
    const place = Object.assign((t: number) => xAt(view, t), {
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

  private placed(item: Item, index: number, view: View): Placed {
    const at = (t: number): number => xAt(view, t);
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
      .text((one) => whole('zombie', inSight(one, view).width - INDENT));
  }

  private placeExits(data: readonly Placed[], chosen: Item | undefined): void {
    this.join(this.exits, data, chosen, (made) => {
      made.attr('class', 'exit');
      made.append('path').attr('d', `M0 1V${ROW - 1}`);
    });
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
