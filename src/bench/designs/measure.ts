import { join } from 'node:path';
import { signalProcess } from '../../signalling';
import { environment } from '../environment';
import { hasReaped, type Load, offer, portOf, SLACK } from '../load';
import { median } from '../median';
import { ProcessGroup } from '../process-group';
import type { Design } from './designs';
import type { Reckoning } from './server';

/** What one round of one design was. */
export interface Round {
  readonly perSecond: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of all of its processes, microseconds for each client. */
  readonly cpu: number;
  /** Figure 30.2: how many clients each child has served. */
  readonly clients: readonly number[];
}

export interface Measured {
  readonly design: Design;
  readonly rounds: readonly Round[];
  /** Of each figure by itself. */
  readonly median: Omit<Round, 'clients'>;
}

/** Before the round, so that no server is measured while it is compiled or paged in. */
const WARM_UP = { count: 500, seconds: 0.5 };

/** One round, with a server that is started for it. */
export async function measureDesign(
  load: string,
  { name, serves }: Design,
  children: number,
  each: Load,
): Promise<Round> {
  const limit = Math.ceil(each.seconds) + 3 * SLACK;
  const command = [process.execPath, join(__dirname, 'server.js'), name, String(children), String(limit)];
  const server = new ProcessGroup(name, command, { patience: limit * 1000, env: environment });
  try {
    const port = await portOf(server);
    const warmUp = await offer(load, port, { ...each, ...WARM_UP });
    const served = await offer(load, port, each);
    if (serves !== 'children') await hasReaped(name, server.pid);
    signalProcess(server.pid, 'SIGTERM');
    const reckoning = JSON.parse((await server.finished()).at(-1) ?? '') as Reckoning;
    const clients = warmUp.connections + served.connections;
    return { ...served, cpu: (reckoning.cpu * 1e6) / clients, clients: reckoning.clients };
  } finally {
    await server.stop();
  }
}

export function measured(design: Design, rounds: readonly Round[]): Measured {
  const middle = (figure: keyof Measured['median']): number => median(rounds.map((round) => round[figure]));
  return {
    ...{ design, rounds },
    median: { perSecond: middle('perSecond'), p50: middle('p50'), p99: middle('p99'), cpu: middle('cpu') },
  };
}
