import { Command } from 'commander';
import { roundSeconds } from '#src/cli/bench.js';
import { wholeNumber } from '#src/cli/options.js';
import { calls } from './benchmarks/calls';
import { children } from './benchmarks/children';
import { echo } from './benchmarks/echo';
import { exec } from './benchmarks/exec';
import { figure413 } from './benchmarks/figure-4.13';
import { fork } from './benchmarks/fork';
import { forking } from './benchmarks/forking';
import { heap } from './benchmarks/heap';
import { memory } from './benchmarks/memory';
import { pool } from './benchmarks/pool';
import { preforked } from './benchmarks/preforked';
import { snapshot } from './benchmarks/snapshot';
import type { Benchmark, Options } from './harness/benchmark';
import { type Outputs, run } from './harness/run';
import { findPeers } from './peers';

const BENCHMARKS: readonly Benchmark[] = [
  figure413,
  forking,
  exec,
  preforked,
  fork,
  calls,
  echo,
  children,
  heap,
  snapshot,
  memory,
  pool,
];

function command(name: string, chosen: readonly Benchmark[]): Command {
  return new Command(name)
    .option('-r, --rounds <number>', 'interleaved rounds, of which the median counts', wholeNumber(1, 1000), 5)
    .option('-s, --seconds <number>', 'how long clients go on, in each round', roundSeconds, 1)
    .option('-n, --count <number>', 'at most so many connections in each round (0: no limit)', wholeNumber(0, 1e9), 0)
    .option('--json <file>', 'write the report there as JSON')
    .option('--svg <file>', 'write it there as a chart')
    .action(async (options: Options & Outputs) => {
      const peers = findPeers();
      const measurements = chosen.flatMap(({ prepare }) => prepare(peers, options));
      // What two benchmarks have in common is measured once, as the later one has it.
      const once = new Map(measurements.map((each) => [each.id, each]));
      await run([...once.values()], options.rounds, options);
    });
}

/** `npm run bench`: all of them; `npm run bench -- NAME`: one. */
const bench = command('bench', BENCHMARKS)
  .description('Benchmarks of realfork, next to the same in C and in the scripting languages that are here.')
  .enablePositionalOptions()
  .helpCommand(false);
for (const benchmark of BENCHMARKS) {
  bench.addCommand(command(benchmark.name, [benchmark]).description(benchmark.summary));
}
bench.parseAsync().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
