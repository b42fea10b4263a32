/**
 * A drawing in character cells: what a terminal shows as it is, and what becomes an SVG at a fixed size of the cell.
 * x is the column and y the row, from 0, of the top left corner.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
  readonly labels: readonly Label[];
}

export type BoxKind = 'process' | 'zombie' | 'socket';

export interface Box {
  readonly kind: BoxKind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line along cells, from corner to corner; its ends lie on the borders of boxes. */
export interface Wire {
  readonly kind: 'descriptor' | 'connection';
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly isStrong?: boolean;
}

/** The same, with a line of text above it. */
export function withCaption({ width, height, boxes, wires, labels }: Drawing, text: string): Drawing {
  const rows = 2;
  const moved = <Place extends Point>(place: Place): Place => ({ ...place, y: place.y + rows });
  return {
    width: Math.max(width, text.length),
    height: height + rows,
    boxes: boxes.map(moved),
    wires: wires.map(({ kind, points }) => ({ kind, points: points.map(moved) })),
    labels: [{ x: 0, y: 0, text, isStrong: true }, ...labels.map(moved)],
  };
}
