import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '#src/cli/options.js';
import { loadAverage, thisMachine } from '../support/machine';
import { Progress } from '../support/progress';
import { findPeers, type Peer } from './peers';
import { measurement, type Report, reportText } from './report';
import { measureRoundTrip } from './round-trip';
import { measureServer } from './throughput';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly count: number;
  readonly json: boolean;
}

/** Both textbook extremes: one client after the other, and more of them than there are cores. */
const CLIENTS = [1, 4];
const LONGEST_ROUND = 60;

function roundSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= LONGEST_ROUND)) {
    throw new InvalidArgumentError(`It must be a number of seconds above 0, at most ${LONGEST_ROUND}.`);
  }
  return value;
}

async function fork(options: Options): Promise<void> {
  const progress = new Progress();
  const before = loadAverage();
  const { peers, load } = findPeers();
  const withServer = peers.filter((peer) => peer.id !== 'spawnSync');
  const loads = CLIENTS.map((clients) => ({ clients, count: options.count, seconds: options.seconds }));

  // Interleaved: what else the machine does meanwhile is spread over all of them.
  const roundTrips = new Map(peers.map((peer) => [peer, [] as number[]]));
  const throughputs = CLIENTS.map(() => new Map<Peer, number[]>(withServer.map((peer) => [peer, []])));
  for (let round = 1; round <= options.rounds; ++round) {
    const show = (what: string): void => progress.show(`round ${round}/${options.rounds}: ${what}`);
    for (const peer of peers) {
      if (peer.roundTrip === undefined) continue;
      show(`fork, ${peer.name}`);
      roundTrips.get(peer)?.push(await measureRoundTrip(peer.name, peer.roundTrip));
    }
    for (const peer of withServer) {
      if (peer.server === undefined || load === undefined) continue;
      show(`server, ${peer.name}`);
      const perSecond = await measureServer(peer.name, peer.server, load, loads);
      for (const [index, value] of perSecond.entries()) throughputs[index]?.get(peer)?.push(value);
    }
  }
  progress.end();

  const noLoad = 'no C compiler (cc) for the clients';
  const withoutLoad = new Map(withServer.map((peer) => [{ ...peer, skipped: peer.skipped ?? noLoad }, []]));
  const report: Report = {
    ...thisMachine(),
    load: { before, after: loadAverage() },
    rounds: options.rounds,
    measurements: [
      measurement({ id: 'round-trip', unit: 'µs' }, roundTrips),
      ...loads.map(({ clients }, index) =>
        measurement(
          { id: 'throughput', unit: 'conn/s', clients },
          load === undefined ? withoutLoad : (throughputs[index] ?? withoutLoad),
        ),
      ),
    ],
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
}

/** `npm run bench -- fork`: fork, and servers that fork for each connection, next to C and CPython. */
export function forkCommand(): Command {
  return new Command('fork')
    .description('fork + _exit + waitpid, and fork-per-connection servers, next to C and CPython, in one run')
    .option('-r, --rounds <number>', 'interleaved rounds, of which the median counts', wholeNumber(1, 1000), 5)
    .option('-s, --seconds <number>', 'how long the clients go on, in each round', roundSeconds, 1)
    .option('-n, --count <number>', 'at most so many connections in each round (0: no limit)', wholeNumber(0, 1e9), 0)
    .option('--json', 'print the report as JSON', false)
    .action(fork);
}
