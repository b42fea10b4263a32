import { Argument, type Command, InvalidArgumentError } from 'commander';
import { ServerProcess } from '../experiments/server-process';
import { observe } from '../observe/observe';
import { SERVERS } from '../servers';
import { rowsOf } from '../watch/rows';
import { tableLines } from '../watch/screen';
import { runningServers } from '../watch/servers';
import { Watch, type Watched } from '../watch/watch';
import { command } from './command';
import { seconds } from './options';

interface WatchOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly interval: number;
}

/** The shortest time between two looks, in seconds. */
const SHORTEST = 0.1;

function interval(text: string): number {
  const value = seconds(text);
  if (value < SHORTEST) throw new InvalidArgumentError(`It must be at least ${SHORTEST} seconds.`);
  return value;
}

type Target = { readonly kind: 'pid'; readonly pid: number } | { readonly kind: 'server'; readonly name: string };

function target(text: string): Target {
  if (/^[1-9]\d*$/.test(text)) return { kind: 'pid', pid: Number(text) };
  if (Object.hasOwn(SERVERS, text)) return { kind: 'server', name: text };
  throw new InvalidArgumentError(
    `It must be the pid of a process, or a server to start: ${Object.keys(SERVERS).join(', ')}.`,
  );
}

/** Throws if there is nothing to see there. */
function mustBeVisible(pids: readonly number[]): void {
  const { processes } = observe(pids);
  for (const pid of pids) {
    const process = processes.find((one) => one.pid === pid);
    if (process === undefined) throw new Error(`there is no process ${pid}`);
    if (process.descriptors === undefined) {
      throw new Error(`process ${pid} may not be looked at: only its owner and root may`);
    }
  }
}

function onTerminal({ once, json }: WatchOptions): boolean {
  const canDraw = process.stdin.isTTY === true && process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  return canDraw && !once && !json;
}

/** One look, for programs and for files. */
function printOnce(pids: readonly number[], { json }: WatchOptions): void {
  const observation = observe(pids, { details: json });
  const text = json ? JSON.stringify(observation, null, 2) : tableLines(rowsOf(observation, 'tree')).join('\n');
  process.stdout.write(`${text}\n`);
}

async function watchProcesses(pids: readonly number[], options: WatchOptions): Promise<void> {
  mustBeVisible(pids);
  if (!onTerminal(options)) {
    printOnce(pids, options);
    return;
  }
  const title = pids.join(' ');
  const watched: Watched = { title, pids, hasEvents: false };
  const why = await new Watch(watched, options.interval * 1000).run();
  if (why === 'ended') process.stderr.write(`realfork: ${title} has ended\n`);
}

/** Starts a server, watches it, and ends it with all its children. */
async function watchServer(name: string, args: readonly string[], options: WatchOptions): Promise<void> {
  if (!onTerminal(options)) {
    throw new Error('a server is started for a terminal only: start it with realfork serve, and watch its pid');
  }
  let watch: Watch | undefined;
  const server = new ServerProcess([name, '--quiet', ...args], Number.POSITIVE_INFINITY, (event) =>
    watch?.event(event),
  );
  try {
    watch = new Watch({ title: name, pids: [server.pid], hasEvents: true }, options.interval * 1000);
    const why = await watch.run();
    if (why === 'ended') throw new Error(server.explain('the server has ended'));
  } finally {
    await server.stop();
  }
}

async function watch(to: Target | undefined, args: readonly string[], options: WatchOptions): Promise<void> {
  switch (to?.kind) {
    case 'pid':
      return watchProcesses([to.pid], options);
    case 'server':
      return watchServer(to.name, args, options);
    case undefined: {
      const pids = runningServers();
      if (pids.length === 0) throw new Error('no realfork serve runs here: name a pid, or a server to start');
      return watchProcesses(pids, options);
    }
  }
}

/** `realfork watch`: processes and what they hold, as it changes. */
export function watchCommand(): Command {
  return command('watch')
    .description('Watch a process and its children: states, blocking calls, descriptors, connections; send signals')
    .addArgument(
      new Argument('[target]', 'a pid, or a server to start (default: each realfork serve that runs)').argParser(
        target,
      ),
    )
    .argument('[options...]', "after --: the server's options, as of realfork serve")
    .option('-i, --interval <seconds>', 'between two looks', interval, 1)
    .option('--once', 'look once and print lines, as is done where there is no terminal', false)
    .option('--json', 'look once and print what was seen, with all details, as JSON', false)
    .action(watch);
}
