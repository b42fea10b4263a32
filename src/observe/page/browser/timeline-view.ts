import type { Timeline } from '../../timeline/model';
import { create, type D3ZoomEvent, type Selection, select, type ZoomTransform, zoom, zoomIdentity } from './d3';
import { type Item, linesOf, spanOf } from './describe';
import { Drawing } from './drawing';
import { Layout } from './layout';
import { type Spacing, TimeScale } from './time-scale';
import type { Tooltip } from './tooltip';
import { MARGIN, type Svg, type View } from './view';

const STEP = 1.6;
/** So far that a microsecond has room for a label. */
const MOST_ZOOM = 5000;
const WIDE_GUTTER = 150;
const NARROW_GUTTER = 104;
/** A figure of fewer pixels is narrow. */
const NARROW = 640;
/** How much of the width what one zooms to takes. */
const FILL = 0.6;

type Button = Selection<HTMLButtonElement, unknown, null, undefined>;

/** A run's timeline in its figure: what is shown of it, and what the reader does with it. */
export class TimelineView {
  private readonly layout: Layout;
  private readonly svg: Svg;
  private readonly drawing: Drawing;
  private readonly said: Selection<HTMLOutputElement, unknown, null, undefined>;
  private readonly zoom = zoom<SVGSVGElement, unknown>();
  private scale: TimeScale;
  private spacing: Spacing = 'shortened';
  private transform: ZoomTransform = zoomIdentity;
  private gutter = WIDE_GUTTER;
  private width = 0;
  private chosen: Item | undefined;

  constructor(
    figure: HTMLElement,
    private readonly timeline: Timeline,
    id: string,
    private readonly tooltip: Tooltip,
  ) {
    this.layout = new Layout(timeline);
    this.scale = new TimeScale(timeline, this.spacing);
    const root = select(figure);
    const tools = root.append('div').attr('class', 'tools').attr('role', 'toolbar').attr('aria-label', 'Timeline');
    const scroll = root.append('div').attr('class', 'scroll');
    const axis = scroll.append<SVGSVGElement>(() => newSvg('times')).attr('aria-hidden', 'true');
    this.svg = scroll
      .append<SVGSVGElement>(() => newSvg('plot'))
      .attr('tabindex', 0)
      .attr('role', 'application')
      .attr('aria-roledescription', 'timeline')
      .attr('aria-label', `Timeline: ${timeline.title}. Arrow keys go from one thing to the next.`);
    this.said = root.append('output').attr('class', 'said');
    this.drawing = new Drawing(this.layout, axis, this.svg, id, (item, event) => this.point(item, event));
    this.makeTools(tools);
    this.makeZoom();
    this.svg.on('keydown', (event: KeyboardEvent) => this.key(event));
    new ResizeObserver(() => this.fitTo(scroll.node()?.clientWidth ?? 0)).observe(figure);
  }

  private makeTools(tools: Selection<HTMLDivElement, unknown, null, undefined>): void {
    const button = (text: string, label: string, act: () => void): Button =>
      tools
        .append('button')
        .attr('type', 'button')
        .attr('aria-label', label)
        .attr('title', label)
        .text(text)
        .on('click', act);
    button('−', 'Zoom out', () => this.zoomBy(1 / STEP));
    button('+', 'Zoom in', () => this.zoomBy(STEP));
    button('All', 'Show all of it', () => this.showAll());
    const spacing = button('True to the clock', 'Show times true to the clock', () => {
      this.spacing = this.spacing === 'clock' ? 'shortened' : 'clock';
      spacing.attr('aria-pressed', String(this.spacing === 'clock'));
      note.text(NOTES[this.spacing]);
      this.scale = new TimeScale(this.timeline, this.spacing);
      this.showAll();
      this.place();
    });
    spacing.attr('aria-pressed', 'false');
    const note = tools.append('span').attr('class', 'spacing').text(NOTES[this.spacing]);
  }

  private makeZoom(): void {
    this.zoom
      .scaleExtent([1, MOST_ZOOM])
      // The wheel alone belongs to the page.
      .filter((event: MouseEvent) => (event.type === 'wheel' ? event.ctrlKey || event.metaKey : event.button === 0))
      .on('zoom', ({ transform }: D3ZoomEvent<SVGSVGElement, unknown>) => {
        this.transform = transform.translate(0, 0);
        this.place();
      });
    this.svg.call(this.zoom).on('dblclick.zoom', null);
  }

  /** The zoom is told of the plot without the gutter: its 0 is where the time begins. */
  private fitTo(total: number): void {
    if (total === 0) return;
    this.gutter = total < NARROW ? NARROW_GUTTER : WIDE_GUTTER;
    const width = Math.max(total - this.gutter - MARGIN, 50);
    const shift = this.width === 0 ? 0 : (this.transform.x / this.width) * width;
    this.width = width;
    const { height } = this.layout;
    const area: [[number, number], [number, number]] = [
      [0, 0],
      [this.width, height],
    ];
    this.zoom.extent(area).translateExtent(area);
    this.svg.call(this.zoom.transform, zoomIdentity.translate(shift, 0).scale(this.transform.k));
    this.place();
  }

  private place(): void {
    const { scale, transform, gutter, width } = this;
    const view: View = { scale, transform, gutter, width };
    this.drawing.place(view, this.chosen);
  }

  private zoomBy(factor: number): void {
    this.svg.call(this.zoom.scaleBy, factor, [this.width / 2, 0]);
  }

  private showAll(): void {
    this.svg.call(this.zoom.transform, zoomIdentity);
  }

  private zoomTo(item: Item): void {
    const [from, to] = spanOf(item).map((t) => this.scale.shareOf(t)) as [number, number];
    const k = Math.min(MOST_ZOOM, Math.max(1, FILL / Math.max(to - from, FILL / MOST_ZOOM)));
    const middle = ((from + to) / 2) * this.width;
    this.svg.call(this.zoom.transform, zoomIdentity.translate(this.width / 2 - middle * k, 0).scale(k));
  }

  private point(item: Item | undefined, event?: PointerEvent): void {
    if (item === undefined || event === undefined) this.tooltip.hide();
    else this.tooltip.show(linesOf(item, this.timeline), event.clientX, event.clientY);
  }

  private choose(item: Item | undefined): void {
    if (item === undefined) return;
    this.chosen = item;
    this.said.text(linesOf(item, this.timeline).join('. '));
    const [from, to] = spanOf(item).map((t) => this.scale.x(t, this.width, this.transform)) as [number, number];
    if (to < 0 || from > this.width)
      this.svg.call(this.zoom.translateTo, this.scale.shareOf(spanOf(item)[0]) * this.width, 0);
    this.place();
    this.svg.select('.chosen').each(scrollToElement);
  }

  /** The item `step` further in the order of lanes and times; the first or the last at the ends. */
  private stepped(step: number): Item | undefined {
    const { items } = this.layout;
    const index = this.chosen === undefined ? (step > 0 ? -1 : items.length) : items.indexOf(this.chosen);
    return items[Math.min(Math.max(index + step, 0), items.length - 1)];
  }

  /** The item of the lane above or below that is nearest in time. */
  private inNextLane(step: number): Item | undefined {
    const { chosen } = this;
    if (chosen === undefined) return this.stepped(step);
    for (let id = chosen.lane.id + step; id >= 0 && id < this.timeline.lanes.length; id += step) {
      const [nearest] = this.layout.items
        .filter((item) => item.lane.id === id)
        .sort((one, other) => distance(one, chosen) - distance(other, chosen));
      if (nearest !== undefined) return nearest;
    }
    return chosen;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.actionOf(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  private actionOf(key: string): (() => void) | undefined {
    const { items } = this.layout;
    const { chosen } = this;
    switch (key) {
      case 'ArrowRight':
        return () => this.choose(this.stepped(1));
      case 'ArrowLeft':
        return () => this.choose(this.stepped(-1));
      case 'ArrowDown':
        return () => this.choose(this.inNextLane(1));
      case 'ArrowUp':
        return () => this.choose(this.inNextLane(-1));
      case 'Home':
        return () => this.choose(items[0]);
      case 'End':
        return () => this.choose(items.at(-1));
      case 'Enter':
        return chosen === undefined ? undefined : () => this.zoomTo(chosen);
      case '+':
      case '=':
        return () => this.zoomBy(STEP);
      case '-':
        return () => this.zoomBy(1 / STEP);
      case '0':
      case 'Escape':
        return () => this.showAll();
      default:
        return undefined;
    }
  }
}

const NOTES: Readonly<Record<Spacing, string>> = {
  shortened: 'long waits are drawn shortened',
  clock: 'drawn true to the clock',
};

function distance(one: Item, other: Item): number {
  return Math.abs(spanOf(one)[0] - spanOf(other)[0]);
}

function scrollToElement(this: unknown): void {
  if (this instanceof Element) this.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function newSvg(name: string): SVGSVGElement {
  const svg = create('svg').attr('class', name).node();
  if (svg === null) throw new Error('the browser makes no SVG');
  return svg;
}
