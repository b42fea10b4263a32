import { writeFileSync } from 'node:fs';
import { loadAverage, thisMachine } from '#src/bench/machine.js';
import { Progress } from '#src/bench/progress.js';
import type { Figures, Measurement } from './benchmark';
import { reportSvg } from './chart';
import { type Report, resultsOf } from './results';
import { reportText } from './text';

export interface Outputs {
  /** Files. */
  readonly json?: string;
  readonly svg?: string;
}

/** Round after round of all rows: what else the machine does meanwhile is spread over all of them. */
async function measureAll(measurements: readonly Measurement[], rounds: number): Promise<Report> {
  const progress = new Progress();
  const before = loadAverage();
  const results = measurements.map(({ rows }) => new Map(rows.map(({ id }) => [id, [] as Figures[]])));
  try {
    for (let round = 1; round <= rounds; ++round) {
      for (const [index, { id, rows }] of measurements.entries()) {
        for (const row of rows) {
          if (row.measure === undefined) continue;
          progress.show(`round ${round}/${rounds}: ${id}, ${row.name}`);
          results[index]?.get(row.id)?.push(await row.measure());
        }
      }
    }
  } finally {
    progress.end();
  }
  return {
    ...thisMachine(),
    load: { before, after: loadAverage() },
    rounds,
    measurements: measurements.flatMap((each, index) => resultsOf(each, results[index] ?? new Map())),
  };
}

export async function run(measurements: readonly Measurement[], rounds: number, { json, svg }: Outputs): Promise<void> {
  const report = await measureAll(measurements, rounds);
  process.stdout.write(reportText(report));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (svg !== undefined) writeFileSync(svg, await reportSvg(report));
}
