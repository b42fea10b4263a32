import { environment } from '#src/bench/environment.js';
import { SLACK } from '#src/bench/load.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import { type Benchmark, single } from '../harness/benchmark';
import { announcing } from '../harness/programs';
import { rowsFor } from '../harness/rows';
import { withoutLoad } from '../harness/server-rows';
import { withServer } from '../harness/servers';

/** Bytes of one write of the client. */
const SIZES = [1024, 65_536];

async function megabytesPerSecond(client: string, port: number, size: number, seconds: number): Promise<number> {
  const args = [port, size, Math.ceil(seconds * 1000)].map(String);
  const group = new ProcessGroup('echo-load', [client, ...args], {
    ...{ patience: (seconds + SLACK) * 1000, env: environment },
  });
  const [line = ''] = await group.finished();
  const [bytes = Number.NaN, nanoseconds = Number.NaN] = line.split(' ').map(Number);
  return bytes / 1e6 / (nanoseconds / 1e9);
}

export const echo: Benchmark = {
  name: 'echo',
  summary: 'how much one child echoes on one connection, by writes of 1 KiB and of 64 KiB',
  prepare: (peers, { seconds }) => {
    const client = peers.compiled('echo-load');
    return SIZES.map((size) => {
      const rows = rowsFor(peers, 'server', (command, name) =>
        withServer(name, announcing(command), seconds, (port) => megabytesPerSecond(client ?? '', port, size, seconds)),
      );
      return single({
        ...{ id: `echo, ${size}`, unit: 'MB/s', better: 'more' },
        title: `one child echoes what a client writes, ${size / 1024} KiB at a time`,
        rows: client === undefined ? withoutLoad(rows) : rows,
      });
    });
  },
};
