import type { Timeline } from '../../timeline/model';
import { type ScaleLinear, scaleLinear, type ZoomTransform } from './d3';

/** True to the clock, or with long waits shortened so that what happens between them has room. */
export type Spacing = 'shortened' | 'clock';

/** A gap of this many microseconds is neither short nor long. */
const USUAL_GAP = 20;
/** The room that any gap has, however short, in the unit of the logarithm. */
const LEAST_ROOM = 0.4;
/** Fewer times than this say too little. */
const FEW = 4;

function timesOf({ start, end, lanes }: Timeline): number[] {
  const times = new Set([start, end]);
  for (const lane of lanes) {
    for (const t of [lane.start, lane.end]) times.add(t);
    for (const bar of lane.bars) times.add(bar.start).add(bar.end);
  }
  return [...times].sort((one, other) => one - other);
}

/** From the times of a timeline to 0 to 1. */
function shares(timeline: Timeline, spacing: Spacing): ScaleLinear<number, number> {
  const { start, end } = timeline;
  const times = timesOf(timeline);
  if (spacing === 'clock' || times.length < 2) return scaleLinear([start, Math.max(end, start + 1)], [0, 1]);
  let sum = 0;
  const places = times.map((t, index) => {
    const gap = t - (times[index - 1] ?? t);
    if (index > 0) sum += LEAST_ROOM + Math.log10(1 + gap / USUAL_GAP);
    return sum;
  });
  const ofAll = places.map((at) => at / sum);
  return scaleLinear(times, ofAll).clamp(true);
}

/** Where a time is, in pixels; and the times that the axis names. */
export class TimeScale {
  private readonly share: ScaleLinear<number, number>;

  constructor(
    private readonly timeline: Timeline,
    private readonly spacing: Spacing,
  ) {
    this.share = shares(timeline, spacing);
  }

  /** The place of `t` in a width of `width` pixels, as zoomed. */
  x(t: number, width: number, transform: ZoomTransform): number {
    return transform.applyX(this.share(t) * width);
  }

  /** Where `t` is when all is shown: 0 to 1. */
  shareOf(t: number): number {
    return this.share(t);
  }

  /** Times to write at the axis, at least `apart` pixels from one another: round ones, or those at which something happened. */
  ticks(width: number, transform: ZoomTransform, apart: number): number[] {
    const count = Math.max(2, Math.floor(width / apart));
    const timeAt = (x: number): number => this.share.invert(transform.invertX(x) / width);
    if (this.spacing === 'clock') {
      const { start } = this.timeline;
      const shown = scaleLinear([timeAt(0) - start, timeAt(width) - start], [0, width]);
      return shown.ticks(Math.ceil(count / 1.3)).map((t) => t + start);
    }
    const chosen = this.timesOfEvents(width, transform, apart);
    // Within a long call there are none.
    if (chosen.length >= FEW) return chosen;
    return Array.from({ length: FEW }, (_, index) => timeAt((index / (FEW - 1)) * width));
  }

  private timesOfEvents(width: number, transform: ZoomTransform, apart: number): number[] {
    const chosen: number[] = [];
    let last = Number.NEGATIVE_INFINITY;
    for (const t of timesOf(this.timeline)) {
      const x = this.x(t, width, transform);
      if (x < 0 || x > width || x - last < apart) continue;
      chosen.push(t);
      last = x;
    }
    return chosen;
  }
}
