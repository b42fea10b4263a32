import { environment } from '#src/bench/environment.js';
import { hasReaped, type Load, offer, SLACK } from '#src/bench/load.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import { processorTime } from '#src/bench/processor-time.js';
import { hasProc } from '#src/observe/linux/proc.js';
import type { Figures } from './benchmark';
import type { ServerProgram } from './programs';

/** Before the round, so that no server is measured while it is compiled or paged in; fewer on a machine that forks slowly. */
const WARM_UP = { clients: 1, count: 200, seconds: 5 };

/** Runs a server for as long as `use` takes. */
export async function withServer<Given>(
  name: string,
  program: ServerProgram,
  seconds: number,
  use: (port: number, pid: number) => Promise<Given>,
): Promise<Given> {
  const limit = Math.ceil(seconds) + 3 * SLACK;
  const server = new ProcessGroup(name, program.command(limit), { patience: limit * 1000, env: environment });
  try {
    return await use(await program.port(server), server.pid);
  } finally {
    await server.stop();
  }
}

/** The units of a round. */
export const PER_SECOND = 'conn/s';
export const MICROSECONDS = 'µs';

/** One round: connections per second, and where /proc tells it the processor time of one. That no zombies are left is looked at. */
export function burst(name: string, program: ServerProgram, load: string, each: Load): Promise<Figures> {
  return withServer(name, program, each.seconds, async (port, pid) => {
    const spent = async (): Promise<number> => {
      await hasReaped(name, pid);
      return hasProc() ? processorTime(pid) : Number.NaN;
    };
    await offer(load, port, WARM_UP);
    const before = await spent();
    const { perSecond, connections } = await offer(load, port, each);
    const microseconds = (((await spent()) - before) * 1e6) / connections;
    return { [PER_SECOND]: perSecond, ...(hasProc() ? { [MICROSECONDS]: microseconds } : {}) };
  });
}
