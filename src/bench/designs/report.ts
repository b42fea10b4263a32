import { grid } from '../../cli/grid';
import type { Machine } from '../machine';
import type { Measured } from './measure';

export interface DesignsReport extends Machine {
  /** Of the last minute, before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly clients: number;
  readonly children: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly designs: readonly Measured[];
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

function table(head: readonly string[], rows: readonly (readonly string[])[], texts: number): string {
  const aligns = head.map((_, column) => (column < texts ? 'left' : 'right') as 'left' | 'right');
  return grid({ head, aligns, isFramed: process.stdout.isTTY === true }, rows);
}

/** Figure 30.1. */
function figures(designs: readonly Measured[]): string {
  const baseline = designs.find(({ design }) => design.name === 'iterative')?.median.cpu;
  const head = ['UNP', 'design', 'clients/s', 'spread', 'CPU, µs/client', 'over iterative', 'p50, µs', 'p99, µs'];
  const rows = designs.map(({ design, rounds, median }) => {
    const speeds = rounds.map(({ perSecond }) => perSecond);
    return [
      ...[design.section, design.what, whole(median.perSecond)],
      `${whole(Math.min(...speeds))} – ${whole(Math.max(...speeds))}`,
      whole(median.cpu),
      baseline === undefined ? '' : whole(median.cpu - baseline),
      ...[whole(median.p50), whole(median.p99)],
    ];
  });
  return table(head, rows, 2);
}

/** Figure 30.2. */
function distribution(designs: readonly Measured[]): string {
  const preforked = designs.filter(({ design }) => design.serves === 'children');
  if (preforked.length === 0) return '';
  const lasts = preforked.map(({ rounds }) => rounds.at(-1)?.clients ?? []);
  const most = Math.max(...lasts.map((clients) => clients.length));
  const head = ['child', ...preforked.map(({ design }) => design.name)];
  const rows = Array.from({ length: most }, (_, child) => [
    String(child + 1),
    ...lasts.map((clients) => (clients[child] === undefined ? '' : whole(clients[child]))),
  ]);
  return `\nClients that each child served, in the last round; children in the order of their first client\n\n${table(head, rows, 1)}\n`;
}

export function designsText(report: DesignsReport): string {
  const { system, cpu, cores, node, load, clients, children, seconds, rounds, designs } = report;
  return [
    `${system}, ${cpu}, ${cores} cores, Node ${node}`,
    `load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after`,
    `${clients} clients at a time, each: connect, echo 5 bytes, close; ${children} children where they are forked beforehand`,
    `medians of ${rounds} × ${seconds} s, interleaved; CPU: of all processes of the server`,
    '',
    figures(designs),
    distribution(designs),
  ].join('\n');
}
