import { arch, release, type } from 'node:os';
import type { Recording, Row } from '../observe/recording';
import { EXPERIMENTS, type ExperimentName } from '.';
import type { Experiment, Observed } from './experiment';
import { Scene } from './scene';

function fits(observed: Observed, expected: Observed): boolean {
  return Object.entries(expected).every(([column, value]) => observed[column] === value);
}

/** What this system is expected to show in a row, of what this machine can observe. */
function expectedOf({ expected, whereThere = [] }: Experiment, id: string, observed: Observed): Observed | undefined {
  const row = expected[process.platform]?.[id];
  if (row === undefined) return undefined;
  return Object.fromEntries(Object.entries(row).filter(([key]) => key in observed || !whereThere.includes(key)));
}

/** "3 of 4 rows as expected on Linux 6.18.0." */
function outcome(rows: readonly Row[]): string {
  const system = `${type()} ${release()}`;
  const right = rows.filter(({ asExpected }) => asExpected).length;
  if (right === rows.length) return `As expected on ${system}, in all ${rows.length} rows.`;
  const unknown = rows.filter(({ expected }) => expected === undefined).length;
  const noTable = unknown === 0 ? '' : ` Of ${unknown} nothing is known yet on ${process.platform}.`;
  return `NOT AS EXPECTED on ${system}: ${right} of ${rows.length} rows are.${noTable}`;
}

/** Runs all of an experiment, one row after the other. `progress` is told of each before it is run. */
export async function perform(name: ExperimentName, progress: (setUp: string) => void): Promise<Recording> {
  const experiment: Experiment = EXPERIMENTS[name];
  const rows: Row[] = [];
  const runs: Recording['runs'][number][] = [];
  for (const [id, setUp] of Object.entries(experiment.setUps)) {
    progress(setUp);
    const scene = new Scene(name);
    try {
      const observed = await experiment.observe(id, scene);
      const expected = expectedOf(experiment, id, observed);
      rows.push({ id, setUp, observed, expected, asExpected: expected !== undefined && fits(observed, expected) });
      await scene.stop();
      runs.push({ title: setUp, events: scene.events });
    } catch (error) {
      throw new Error(`${name}, ${setUp}: ${scene.explain(error).message}`, { cause: error });
    } finally {
      await scene.stop();
    }
  }
  return {
    experiment: name,
    question: experiment.question,
    verdict: [outcome(rows), experiment.why],
    source: experiment.source,
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    date: new Date().toISOString(),
    rows,
    runs,
  };
}
