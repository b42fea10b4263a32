import { type GoalResult, type MeasurementResult, OURS, type Report, type RowResult } from './results';
import { table } from './table';

/** Three figures are as many as a busy machine gives. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

function cells({ skipped, median, rounds, ours }: RowResult): string[] {
  if (median === null) return ['skipped', skipped ?? '', '', ''];
  return [
    figure(median),
    `${figure(Math.min(...rounds))} – ${figure(Math.max(...rounds))}`,
    ...ours.map((times) => (times === null ? '' : `${times.toFixed(2)} ×`)),
  ];
}

function goalText({ rows, quantity }: MeasurementResult, { of, beside, atLeast, is }: GoalResult): string {
  const name = (id: string): string => rows.find((row) => row.id === id)?.name ?? id;
  const met = is === null ? 'not measured' : `${is.toFixed(2)}: ${is >= atLeast ? 'met' : 'MISSED'}`;
  const where = quantity === undefined ? '' : `, in ${quantity}`;
  return `goal: ${name(of)} at least ${atLeast} × as good as ${name(beside)}${where}: ${met}`;
}

const OWN_HEADS = ['realfork beside it', 'tuned beside it'];

function measurementText(each: MeasurementResult): string {
  const isThere = OURS.map((own) => each.rows.some(({ id, median }) => id === own && median !== null));
  const head = ['', each.unit, 'rounds', ...OWN_HEADS.filter((_, own) => isThere[own])];
  const rows = each.rows.map((row) => [row.name, ...cells(row)].slice(0, head.length));
  const lines = [each.title, table(head, rows), ...each.goals.map((goal) => goalText(each, goal))];
  return `${[...lines, ...(each.remark === undefined ? [] : [each.remark])].join('\n')}\n`;
}

export function reportText({ system, cpu, cores, node, load, rounds, measurements }: Report): string {
  return [
    `${system}, ${cpu}, ${cores} cores, Node ${node}`,
    `load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after: times mean something on an idle machine only`,
    `interleaved rounds: ${rounds}, of which the medians are shown`,
    '',
    measurements.map(measurementText).join('\n'),
  ].join('\n');
}
