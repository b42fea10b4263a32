import type { Drawing, Point } from './drawing';

/** In which directions a cell's line leaves it. */
const UP = 1;
const RIGHT = 2;
const DOWN = 4;
const LEFT = 8;

/** By the sum of the directions. */
const LINES = { unicode: ' ╵╶└╷│┌├╴┘─┴┐┤┬┼', ascii: ' |-+||++-+-+++++' } as const;

export type Characters = keyof typeof LINES;

class Canvas {
  private readonly lines: number[][];
  private readonly text: (string | undefined)[][];

  constructor(width: number, height: number) {
    const rows = <Cell>(cell: Cell): Cell[][] => Array.from({ length: height }, () => Array(width).fill(cell));
    this.lines = rows(0);
    this.text = rows<string | undefined>(undefined);
  }

  private mark({ x, y }: Point, direction: number): void {
    const row = this.lines[y];
    if (row !== undefined && x in row) row[x] = (row[x] ?? 0) | direction;
  }

  /** From one cell to another, in a row or in a column. */
  line(from: Point, to: Point): void {
    const [dx, dy] = [Math.sign(to.x - from.x), Math.sign(to.y - from.y)];
    const ahead = dx === 0 ? (dy > 0 ? DOWN : UP) : dx > 0 ? RIGHT : LEFT;
    const back = dx === 0 ? (dy > 0 ? UP : DOWN) : dx > 0 ? LEFT : RIGHT;
    for (let { x, y } = from; x !== to.x || y !== to.y; x += dx, y += dy) {
      this.mark({ x, y }, ahead);
      this.mark({ x: x + dx, y: y + dy }, back);
    }
  }

  write({ x, y }: Point, text: string): void {
    for (const [index, character] of [...text].entries()) {
      const row = this.text[y];
      if (row !== undefined) row[x + index] = character;
    }
  }

  toString(characters: Characters): string {
    const rows = this.lines.map((row, y) =>
      row
        .map((line, x) => this.text[y]?.[x] ?? LINES[characters][line] ?? ' ')
        .join('')
        .trimEnd(),
    );
    return `${rows.join('\n')}\n`;
  }
}

/** The drawing in box-drawing characters, or in - | and +. */
export function toText({ width, height, boxes, wires, labels }: Drawing, characters: Characters): string {
  const canvas = new Canvas(width, height);
  for (const { x, y, width: w, height: h } of boxes) {
    const [right, bottom] = [x + w - 1, y + h - 1];
    const corners = [
      { x, y },
      { x: right, y },
      { x: right, y: bottom },
      { x, y: bottom },
      { x, y },
    ];
    for (const [index, to] of corners.slice(1).entries()) canvas.line(corners[index] ?? to, to);
  }
  for (const { points } of wires) {
    for (const [index, to] of points.slice(1).entries()) canvas.line(points[index] ?? to, to);
  }
  for (const { x, y, text } of labels) canvas.write({ x, y }, text);
  return canvas.toString(characters);
}
