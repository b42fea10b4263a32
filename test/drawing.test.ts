import type { Point } from '#src/drawing/drawing.js';
import { escaped, toSvg } from '#src/drawing/svg.js';
import { toText } from '#src/drawing/text.js';
import { lanesWidth, route, type Wanted } from '#src/drawing/wiring.js';

/** Every cell that a wire runs through, with whether it does so level: no cell may be run through twice in the same way. */
function cellsOf(points: readonly Point[]): string[] {
  return points.slice(1).flatMap((to, index) => {
    const from = points[index] ?? to;
    const [dx, dy] = [Math.sign(to.x - from.x), Math.sign(to.y - from.y)];
    const cells: string[] = [];
    for (let { x, y } = from; x !== to.x || y !== to.y; x += dx, y += dy) cells.push(`${x} ${y} ${dy === 0}`);
    return cells;
  });
}

describe('wires', () => {
  test.each<[string, Wanted[]]>([
    ['none', []],
    ['one that goes straight', [{ right: 3, left: [2, 3] }]],
    [
      'two that change places',
      [
        { right: 1, left: [8, 9] },
        { right: 8, left: [1, 2] },
      ],
    ],
    [
      'one that ends where another begins',
      [
        { right: 1, left: [4] },
        { right: 4, left: [7] },
      ],
    ],
    [
      'four, as in Figure 4.16',
      [
        { right: 3, left: [1, 2, 3, 4] },
        { right: 4, left: [7, 8, 9, 10] },
        { right: 9, left: [1, 2, 3, 4] },
        { right: 10, left: [7, 8, 9, 10] },
      ],
    ],
  ])('%s: each ends where it may, and no two lie on one another', (_, wanted) => {
    const to = 5 + lanesWidth(wanted.length);
    const wires = route(wanted, 5, to);
    expect(wires).toHaveLength(wanted.length);
    for (const [index, points] of wires.entries()) {
      expect(points[0]).toEqual({ x: to, y: wanted[index]?.right });
      expect(points.at(-1)?.x).toBe(5);
      expect(wanted[index]?.left).toContain(points.at(-1)?.y);
    }
    const cells = wires.flatMap(cellsOf);
    expect(new Set(cells).size).toBe(cells.length);
  });
});

const DRAWING = {
  width: 12,
  height: 4,
  boxes: [
    { kind: 'process', x: 0, y: 0, width: 4, height: 4 },
    { kind: 'socket', x: 8, y: 0, width: 4, height: 4 },
  ],
  wires: [
    {
      kind: 'descriptor',
      points: [
        { x: 8, y: 1 },
        { x: 3, y: 1 },
      ],
    },
    {
      kind: 'descriptor',
      points: [
        { x: 8, y: 2 },
        { x: 6, y: 2 },
        { x: 6, y: 0 },
        { x: 3, y: 0 },
      ],
    },
  ],
  labels: [{ x: 1, y: 1, text: 'a<' }],
} as const;

test('text: corners, ends on a border, crossings; and the same in ASCII', () => {
  expect(toText(DRAWING, 'unicode').split('\n')).toEqual([
    '┌──┬──┐ ┌──┐',
    '│a<├──┼─┤  │',
    '│  │  └─┤  │',
    '└──┘    └──┘',
    '',
  ]);
  expect(toText(DRAWING, 'ascii').split('\n')).toEqual([
    '+--+--+ +--+',
    '|a<+--+-+  |',
    '|  |  +-+  |',
    '+--+    +--+',
    '',
  ]);
});

test('SVG: text is escaped, also in the title', () => {
  const svg = toSvg([DRAWING], 'a & "b"');
  expect(svg).toContain('>a&lt;</text>');
  expect(svg).toContain('<title>a &amp; &quot;b&quot;</title>');
  expect(escaped('<script>&')).toBe('&lt;script&gt;&amp;');
});
