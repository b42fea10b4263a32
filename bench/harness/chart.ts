import { type MeasurementResult, OURS, type Report, type RowResult } from './results';
import { figure } from './text';

/** One bar for each row, with a line from its worst round to its best. Pixels. */
const WIDTH = 860;
const LEFT = 300;
const RIGHT = 90;
const BAR = 18;
const STEP = 26;
const TITLE = 62;
/** Of a longer title what is behind its last colon comes into the second line. Characters. */
const LONGEST_TITLE = 100;

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #222 } .title { font-weight: 600 } .quiet { fill: #777 }
.bar { fill: #b7c4d4 } .realfork { fill: #2f6db3 } .spread { stroke: #222; stroke-width: 1.5 }`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

type Scale = (value: number) => number;

function rowSvg(row: RowResult, top: number, x: Scale): string {
  const middle = top + BAR / 2;
  const text = (at: number, anchor: string, style: string, said: string): string =>
    `<text x="${at.toFixed(1)}" y="${middle + 5}" text-anchor="${anchor}" class="${style}">${escaped(said)}</text>`;
  const name = text(LEFT - 10, 'end', '', row.name);
  if (row.median === null) return `${name}${text(LEFT, 'start', 'quiet', row.skipped ?? 'not measured')}`;
  const [low, high] = [Math.min(...row.rounds), Math.max(...row.rounds)];
  const bar = `<rect x="${LEFT}" y="${top}" width="${(x(row.median) - LEFT).toFixed(1)}" height="${BAR}" class="${
    OURS.includes(row.id) ? 'realfork' : 'bar'
  }"/>`;
  const spread = `<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${middle}" y2="${middle}" class="spread"/>`;
  return `${name}${bar}${spread}${text(x(high) + 8, 'start', '', figure(row.median))}`;
}

function measurementSvg(each: MeasurementResult, top: number, x: Scale): string {
  const good = each.better === 'more' ? 'more is better' : 'less is better';
  const colon = each.title.length > LONGEST_TITLE ? each.title.lastIndexOf(': ') : -1;
  const [first, rest] = colon < 0 ? [each.title, ''] : [each.title.slice(0, colon), `${each.title.slice(colon + 2)}: `];
  const line = (y: number, style: string, said: string): string =>
    `<text x="10" y="${y}" class="${style}">${escaped(said)}</text>`;
  const title = `${line(top + 26, 'title', first)}${line(top + 44, 'quiet', `${rest}${each.unit}, ${good}`)}`;
  return [title, ...each.rows.map((row, index) => rowSvg(row, top + TITLE + index * STEP, x))].join('\n');
}

/** The report as a picture, complete in itself. */
export async function reportSvg(report: Report): Promise<string> {
  const { scaleLinear } = await import('d3-scale');
  const parts: string[] = [];
  let top = 30;
  for (const each of report.measurements) {
    const most = Math.max(...each.rows.flatMap(({ rounds }) => rounds), 0);
    const x = scaleLinear()
      .domain([0, most])
      .range([LEFT, WIDTH - RIGHT]);
    parts.push(measurementSvg(each, top, x));
    top += TITLE + each.rows.length * STEP + 16;
  }
  const where = `${report.system}, ${report.cpu}, ${report.cores} cores, Node ${report.node}; medians of ${report.rounds} rounds`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}">
<title>${escaped(report.measurements.map(({ title }) => title).join('; '))}</title>
<style>${STYLE}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="22" class="quiet">${escaped(where)}</text>
${parts.join('\n')}
</svg>
`;
}
