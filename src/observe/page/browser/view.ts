import type { Selection, ZoomTransform } from './d3';
import type { Item } from './describe';
import type { TimeScale } from './time-scale';

export type Group = Selection<SVGGElement, unknown, null, undefined>;
export type Svg = Selection<SVGSVGElement, unknown, null, undefined>;

/** Told of what the pointer is at, and of its leaving. */
export type Point = (item: Item | undefined, event?: PointerEvent) => void;

export const AXIS_HEIGHT = 22;
/** At the right, for what goes on when the events end. Pixels. */
export const MARGIN = 30;
/** How far into the margin it goes on: a zombie that is there at the end is seen, were it the last to exit. Pixels. */
export const GOES_ON = 20;

/** What of the time is shown, and where. */
export interface View {
  readonly scale: TimeScale;
  readonly transform: ZoomTransform;
  /** Of the names at the left, and of what is right of them. Pixels. */
  readonly gutter: number;
  readonly width: number;
}

/** Where a time is in the drawing, in pixels. */
export function xAt({ scale, transform, gutter, width }: View, t: number): number {
  return gutter + scale.x(t, width, transform);
}
