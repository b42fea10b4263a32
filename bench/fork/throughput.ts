import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '#src/observe/processes.js';
import { ProcessGroup } from '../support/process-group';
import { environment } from './environment';

export interface Load {
  readonly clients: number;
  /** At most so many connections in one round; 0 is no limit. */
  readonly count: number;
  /** A round ends after so many seconds. */
  readonly seconds: number;
}

/** Connections before the round, so that no server is measured while it is compiled or paged in. */
const WARM_UP = 200;
/** Beside the rounds: starting, warming up, reaping. */
const SLACK_SECONDS = 30;

async function offer(load: string, port: number, { clients, count, seconds }: Load): Promise<number> {
  const args = [port, clients, count, Math.ceil(seconds * 1000)].map(String);
  const group = new ProcessGroup('load', [load, ...args], {
    patience: (seconds + SLACK_SECONDS) * 1000,
    env: environment,
  });
  const [line = ''] = await group.finished();
  const [connections = Number.NaN, nanoseconds = Number.NaN] = line.split(' ').map(Number);
  return connections / (nanoseconds / 1e9);
}

/** A server that leaves zombies does less work than the others. */
async function hasReaped(name: string, pid: number): Promise<void> {
  const deadline = performance.now() + SLACK_SECONDS * 1000;
  while (childrenOf(pid).length > 0) {
    if (performance.now() > deadline) throw new Error(`${name}: children are left: ${JSON.stringify(childrenOf(pid))}`);
    await delay(1); // the kernel sends word of this to the server only
  }
}

/** One round against a server that is started for it: connections per second for each load. */
export async function measureServer(
  name: string,
  command: readonly string[],
  load: string,
  loads: readonly Load[],
): Promise<number[]> {
  const limit = Math.ceil(loads.reduce((sum, { seconds }) => sum + seconds, 0)) + 3 * SLACK_SECONDS;
  const server = new ProcessGroup(name, [...command, String(limit)], { patience: limit * 1000, env: environment });
  try {
    const port = Number(/^listening (\d+)$/.exec(await server.firstLine())?.[1]);
    await offer(load, port, { clients: 1, count: WARM_UP, seconds: SLACK_SECONDS });
    const perSecond: number[] = [];
    for (const each of loads) {
      perSecond.push(await offer(load, port, each));
      await hasReaped(name, server.pid);
    }
    return perSecond;
  } finally {
    await server.stop();
  }
}
