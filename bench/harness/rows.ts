import { environment } from '#src/bench/environment.js';
import { median } from '#src/bench/median.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import type { Peers } from '../peers';
import type { Row } from './benchmark';

/** A row for each peer that has this program; those that are missing on this machine say so. */
export function rowsFor(
  { all }: Peers,
  program: string,
  measure: (command: readonly string[], name: string) => Promise<number>,
): Row[] {
  return all.flatMap((peer): Row[] => {
    const { id, name, skipped } = peer;
    if (skipped !== undefined) return [{ id, name, skipped }];
    const command = peer.command(program);
    return command === undefined ? [] : [{ id, name, measure: () => measure(command, name) }];
  });
}

/** Seconds that a program may take for a round if it is not told, after which it ends itself. */
const LIMIT = 60;

/**
 * One round of a program that prints its samples, a number each line: their median.
 * @param args before the limit in seconds, its last argument
 */
export async function medianOfSamples(
  name: string,
  command: readonly string[],
  args: readonly (number | string)[],
  limit = LIMIT,
): Promise<number> {
  const all = [...command, ...args.map(String), String(limit)];
  const lines = await new ProcessGroup(name, all, { patience: limit * 1000, env: environment }).finished();
  if (lines.length === 0) throw new Error(`${name}: no samples`);
  return median(lines.map(Number));
}
