import type { Bar, Lane, Place, Timeline } from '../../timeline/model';
import type { Item } from './describe';

/** Where things are from top to bottom, in pixels. Where they are from left to right is a matter of time (time-scale.ts). */

export const ROW = 20;
export const BAR = 17;
const BETWEEN_LANES = 12;
const TOP = 6;

export class Layout {
  readonly height: number;
  /** All that can be pointed at, but arrows, in the order of the arrow keys: by lane, then by time. */
  readonly items: readonly Item[];
  private readonly tops: readonly number[];

  constructor(readonly timeline: Timeline) {
    let y = TOP;
    this.tops = timeline.lanes.map((lane) => {
      const top = y;
      y += lane.rows * ROW + BETWEEN_LANES;
      return top;
    });
    this.height = y;
    this.items = timeline.lanes.flatMap(itemsOf);
  }

  top(lane: Lane): number {
    return this.tops[lane.id] ?? 0;
  }

  heightOf(lane: Lane): number {
    return lane.rows * ROW;
  }

  barTop(lane: Lane, bar: Bar): number {
    return this.top(lane) + bar.depth * ROW + (ROW - BAR) / 2;
  }

  /** The middle of the row that an arrow begins or ends in. */
  placeY({ lane, depth }: Place): number {
    return (this.tops[lane] ?? 0) + depth * ROW + ROW / 2;
  }

  /** How many forks it is from the first process. */
  generation(lane: Lane): number {
    const parent = lane.parent === undefined ? undefined : this.timeline.lanes[lane.parent];
    return parent === undefined ? 0 : this.generation(parent) + 1;
  }
}

function itemsOf(lane: Lane): Item[] {
  const { bars, ending, zombie } = lane;
  return [
    ...bars.map((bar): Item => ({ kind: 'bar', lane, bar })),
    ...(ending === undefined ? [] : [{ kind: 'exit', lane, ...ending } as const]),
    ...(zombie === undefined ? [] : [{ kind: 'zombie', lane, ...zombie } as const]),
  ];
}
