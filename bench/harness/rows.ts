import { environment } from '#src/bench/environment.js';
import { median } from '#src/bench/median.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import type { Peer, Peers } from '../peers';
import type { Row } from './benchmark';

/** How a peer runs one program, or why it cannot on this machine. */
export interface PeerProgram extends Pick<Peer, 'id' | 'name' | 'skipped'> {
  readonly command?: readonly string[];
}

/** Those peers that have this program, and those that are missing. */
export function programsOf({ all }: Peers, program: string): PeerProgram[] {
  return all.flatMap((peer): PeerProgram[] => {
    const { id, name, skipped } = peer;
    if (skipped !== undefined) return [{ id, name, skipped }];
    const command = peer.command(program);
    return command === undefined ? [] : [{ id, name, command }];
  });
}

/** A row for each of them. */
export function rowsFor(
  peers: Peers,
  program: string,
  measure: (command: readonly string[], name: string) => Promise<number>,
): Row<number>[] {
  return programsOf(peers, program).map(({ command, ...row }) =>
    command === undefined ? row : { ...row, measure: () => measure(command, row.name) },
  );
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
