import type { Drawing } from './drawing';

/** One cell, in CSS pixels. */
const CELL = { width: 9, height: 20 } as const;
const FONT_SIZE = 14;
/** Around the drawing. */
const MARGIN = 16;

interface Colours {
  readonly ink: string;
  readonly paper: string;
  readonly line: string;
  readonly wire: string;
  readonly process: string;
  readonly socket: string;
  readonly zombie: string;
}

const LIGHT: Colours = {
  ...{ ink: '#1c2733', paper: '#ffffff', line: '#4a6785', wire: '#b3541e' },
  ...{ process: '#eef4fb', socket: '#fdf6e3', zombie: '#f1f1f1' },
};
const DARK: Colours = {
  ...{ ink: '#e3e8ee', paper: '#14191f', line: '#7f9db9', wire: '#e79a63' },
  ...{ process: '#1d2a38', socket: '#33291a', zombie: '#23272c' },
};

/** Without variables, which only browsers know. */
function colourRules({ ink, paper, line, wire, process, socket, zombie }: Colours): string {
  return `.realfork .paper { fill: ${paper}; }
.realfork text { fill: ${ink}; }
.realfork rect.process { fill: ${process}; stroke: ${line}; }
.realfork rect.socket { fill: ${socket}; stroke: ${line}; }
.realfork rect.zombie { fill: ${zombie}; stroke: ${line}; }
.realfork polyline { stroke: ${wire}; }
.realfork polyline.connection { stroke: ${line}; }
.realfork circle { fill: ${wire}; }`;
}

/** For light screens and dark ones. */
export const SVG_STYLE = `
.realfork text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: ${FONT_SIZE}px; white-space: pre; }
.realfork .strong { font-weight: 700; }
.realfork .zombie { stroke-dasharray: 5 4; }
.realfork polyline { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
.realfork .connection { stroke-dasharray: 2 3; stroke-width: 2; }
${colourRules(LIGHT)}
@media (prefers-color-scheme: dark) {
${colourRules(DARK)}
}
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML and HTML take it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** The middle of a cell. */
const middleX = (x: number): number => (x + 0.5) * CELL.width;
const middleY = (y: number): number => (y + 0.5) * CELL.height;

/** The size of a drawing in pixels, with its margin. */
export function svgSize({ width, height }: Drawing): { width: number; height: number } {
  return { width: width * CELL.width + 2 * MARGIN, height: height * CELL.height + 2 * MARGIN };
}

function shapes({ boxes, wires, labels }: Drawing): string[] {
  return [
    ...boxes.map(
      ({ kind, x, y, width, height }) =>
        `<rect class="${kind}" x="${middleX(x)}" y="${middleY(y)}" width="${(width - 1) * CELL.width}" ` +
        `height="${(height - 1) * CELL.height}" rx="4"/>`,
    ),
    ...wires.map(({ kind, points }) => {
      const path = points.map(({ x, y }) => `${middleX(x)},${middleY(y)}`).join(' ');
      const [from] = points;
      const dot =
        kind === 'descriptor' && from !== undefined
          ? `<circle cx="${middleX(from.x)}" cy="${middleY(from.y)}" r="3.5"/>`
          : '';
      return `<polyline class="${kind}" points="${path}"/>${dot}`;
    }),
    // textLength: as wide as its cells, whatever the font.
    ...labels.map(({ x, y, text, isStrong }) => {
      const length = [...text].length * CELL.width;
      return (
        `<text${isStrong === true ? ' class="strong"' : ''} x="${x * CELL.width}" ` +
        `y="${middleY(y) + FONT_SIZE * 0.35}" textLength="${length}">${escaped(text)}</text>`
      );
    }),
  ];
}

/** The shapes of a drawing, moved down by so many pixels: to be put into an <svg>. */
export function svgGroup(drawing: Drawing, top = 0): string {
  return `<g transform="translate(${MARGIN} ${MARGIN + top})">\n${shapes(drawing).join('\n')}\n</g>`;
}

/** An <svg> element. `title` is what a screen reader says. */
export function toSvg(drawings: readonly Drawing[], title: string, style = SVG_STYLE): string {
  const sizes = drawings.map(svgSize);
  const width = Math.max(...sizes.map((size) => size.width));
  const height = sizes.reduce((sum, size) => sum + size.height, 0);
  let top = 0;
  const groups = drawings.map((drawing, index) => {
    const group = svgGroup(drawing, top);
    top += sizes[index]?.height ?? 0;
    return group;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="realfork" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    ...(style === '' ? [] : [`<style>${style}</style>`]),
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...groups,
    '</svg>',
  ].join('\n');
}
