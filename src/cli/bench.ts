import { type Command, InvalidArgumentError, Option } from 'commander';
import { DESIGNS } from '../bench/designs/designs';
import type { Round } from '../bench/designs/measure';
import type { DesignsReport } from '../bench/designs/report';
import { command, USAGE } from './command';
import { wholeNumber } from './options';

interface DesignsOptions {
  readonly children: number;
  readonly clients: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly design?: readonly string[];
  readonly json: boolean;
}

const LONGEST_ROUND = 60;

/** Of a round. */
export function roundSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= LONGEST_ROUND)) {
    throw new InvalidArgumentError(`It must be a number of seconds above 0, at most ${LONGEST_ROUND}.`);
  }
  return value;
}

async function designs(options: DesignsOptions): Promise<void> {
  // Loaded for this command, and for no other.
  const { compileLoad } = require('../bench/load') as typeof import('../bench/load');
  const { loadAverage, thisMachine } = require('../bench/machine') as typeof import('../bench/machine');
  const { measureDesign, measured } = require('../bench/designs/measure') as typeof import('../bench/designs/measure');
  const { Progress } = require('../bench/progress') as typeof import('../bench/progress');
  const { designsText } = require('../bench/designs/report') as typeof import('../bench/designs/report');
  const { Workshop } = require('../bench/workshop') as typeof import('../bench/workshop');

  const workshop = Workshop.open();
  if (workshop === undefined) {
    throw new Error('no C compiler (cc), which makes the clients: in JavaScript they would be what is measured');
  }
  const load = compileLoad(workshop);
  const { children, clients, seconds, rounds } = options;
  const chosen = DESIGNS.filter(({ name }) => options.design?.includes(name) ?? true);
  const results = new Map(chosen.map((design) => [design, [] as Round[]]));
  const progress = new Progress();
  const before = loadAverage();
  // Interleaved: what else the machine does meanwhile is spread over all of them.
  for (let round = 1; round <= rounds; ++round) {
    for (const [design, sofar] of results) {
      progress.show(`round ${round}/${rounds}: ${design.what}`);
      sofar.push(await measureDesign(load, design, children, { clients, seconds, count: 0 }));
    }
  }
  progress.end();
  const report: DesignsReport = {
    ...thisMachine(),
    load: { before, after: loadAverage() },
    ...{ clients, children, seconds, rounds },
    designs: [...results].map(([design, all]) => measured(design, all)),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : designsText(report));
}

function designsCommand(): Command {
  return command('designs')
    .summary('the server designs of UNP chapter 30, as Figures 30.1 and 30.2')
    .description(
      'The server designs of UNP chapter 30 beside one another: throughput, processor time, latency, and how clients ' +
        'are distributed over children. Figures hold for this machine, and for an idle one only.',
    )
    .option('-c, --children <number>', 'forked beforehand', wholeNumber(1, 1000), 8)
    .option('-n, --clients <number>', 'at a time', wholeNumber(1, 64), 4)
    .option('-s, --seconds <number>', 'how long the clients go on, in each round', roundSeconds, 2)
    .option('-r, --rounds <number>', 'interleaved rounds, of which the median counts', wholeNumber(1, 1000), 3)
    .addOption(new Option('-d, --design <name...>', 'only these').choices(DESIGNS.map(({ name }) => name)))
    .option('--json', 'print the report as JSON', false)
    .action(designs);
}

/** `realfork bench`: what can be measured with what is installed; the checkout has more, by `npm run bench`. */
export function benchCommand(): Command {
  const bench = command('bench').description('Measure').addCommand(designsCommand()).helpCommand(false);
  return bench.action(() => bench.error('realfork: bench what? There is: designs', { exitCode: USAGE }));
}
