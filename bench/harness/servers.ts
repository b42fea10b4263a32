import { environment } from '#src/bench/environment.js';
import { hasReaped, type Load, offer, portOf, SLACK } from '#src/bench/load.js';
import { ProcessGroup } from '#src/bench/process-group.js';

/** Before the round, so that no server is measured while it is compiled or paged in. */
const WARM_UP = { clients: 1, count: 200, seconds: SLACK };

/** Runs a server of bench/peers/ for as long as `use` takes. It writes "listening PORT", and is given its limit in seconds. */
export async function withServer(
  name: string,
  command: readonly string[],
  seconds: number,
  use: (port: number, pid: number) => Promise<number>,
): Promise<number> {
  const limit = Math.ceil(seconds) + 3 * SLACK;
  const server = new ProcessGroup(name, [...command, String(limit)], { patience: limit * 1000, env: environment });
  try {
    return await use(await portOf(server), server.pid);
  } finally {
    await server.stop();
  }
}

/** One round: connections per second. @param forks for each client: that it leaves no zombies is looked at */
export function connectionsPerSecond(
  name: string,
  command: readonly string[],
  load: string,
  each: Load & { readonly forks: boolean },
): Promise<number> {
  return withServer(name, command, each.seconds, async (port, pid) => {
    await offer(load, port, WARM_UP);
    const { perSecond } = await offer(load, port, each);
    if (each.forks) await hasReaped(name, pid);
    return perSecond;
  });
}
