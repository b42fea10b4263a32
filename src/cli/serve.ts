import { rmSync } from 'node:fs';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { calls } from '../calls';
import { AF_UNIX } from '../constants';
import { describeAddress } from '../describe';
import { strerror } from '../errno';
import { exit } from '../fork/exit';
import { bothSinks, type Event, jsonSink, monotonic, type Sink, textSink } from '../observe/events';
import { traced } from '../observe/trace';
import { SERVERS, type ServerName } from '../servers';
import { type Addition, announce, receiveTimeout, retryOnEintr, reuseAddress } from '../servers/policy';
import { SERVICE_NAMES, type ServiceName, serviceNamed } from '../servers/services';
import { installSigchld, type SigchldOptions } from '../servers/sigchld';
import { createUnp, SERV_PORT, type Unp } from '../unp/wrappers';
import { backlog, descriptor, host, port, seconds, socketAddress } from './options';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly backlog?: number;
  readonly doit?: ServiceName;
  readonly sigchld?: SigchldOptions['disposition'];
  readonly saRestart: boolean;
  readonly saNocldwait: boolean;
  readonly onEintr: 'die' | 'retry';
  readonly rcvtimeo?: number;
  readonly quiet: boolean;
  readonly events?: number;
}

/** Keeps events until the server listens: one that cannot start says why in one line, and nothing else. */
function onceListening(sink: Sink): Sink {
  const held: Event[] = [];
  let listening = false;
  return (event) => {
    if (event.kind === 'listening') {
      listening = true;
      for (const earlier of held) sink(earlier);
    }
    if (listening) sink(event);
    else held.push(event);
  };
}

function sinkFor(options: ServeOptions): Sink {
  const nowhere: Sink = () => {};
  const forPeople = options.quiet ? nowhere : onceListening(textSink(process.stderr.fd));
  return options.events === undefined ? forPeople : bothSinks(jsonSink(options.events), forPeople);
}

/** Says which address could not be had, where the wrapper's "bind error" does not. */
const bindOrExplain: Addition = (unp) => ({
  ...unp,
  Bind(fd, address) {
    if (unp.bind(fd, address) === 0) return;
    unp.err_quit(`realfork: cannot listen on ${describeAddress(address)}: bind error: ${strerror(unp.errno())}`);
  },
});

/** The calls that the server is given: traced, and with what the options ask for. */
function serverCalls(options: ServeOptions, sink: Sink): Unp {
  const unp = createUnp(traced(calls, sink), (status) => {
    sink({ kind: 'exit', t: monotonic(), pid: process.pid, status });
    return exit(status);
  });
  const additions: Addition[] = [
    reuseAddress,
    bindOrExplain,
    removeSocketAtExit,
    announce(options.backlog, (address) =>
      sink({
        kind: 'listening',
        t: monotonic(),
        pid: process.pid,
        address: describeAddress(address),
        port: 'port' in address ? address.port : undefined,
      }),
    ),
    ...(options.rcvtimeo === undefined ? [] : [receiveTimeout(options.rcvtimeo)]),
    ...(options.onEintr === 'retry' ? [retryOnEintr] : []),
  ];
  return additions.reduce<Unp>((so_far, addition) => addition(so_far), unp);
}

/** A Unix socket leaves its path behind: the process that made it, and no other, removes it. */
const removeSocketAtExit: Addition = (unp) => ({
  ...unp,
  Bind(fd, address) {
    unp.Bind(fd, address);
    if (address.family !== AF_UNIX || !('path' in address) || address.path.startsWith('\0')) return;
    const owner = process.pid;
    process.on('exit', () => {
      if (process.pid === owner) rmSync(address.path, { force: true });
    });
  },
});

/** What SIGCHLD is to do, in a server that does not say so itself. */
function sigchldOptions(name: ServerName, { sigchld, saRestart, saNocldwait }: ServeOptions): SigchldOptions {
  if (!SERVERS[name].leavesSigchld && (sigchld !== undefined || saRestart || saNocldwait)) {
    throw new InvalidArgumentError(
      `${name} installs a handler for SIGCHLD of its own; --sigchld, --sa-restart and --sa-nocldwait are for servers that ` +
        'do not, such as figure-4.13.',
    );
  }
  return { disposition: sigchld ?? 'default', saRestart, saNocldwait };
}

function serve(name: ServerName, options: ServeOptions): never {
  const { run, doit, leavesSigchld } = SERVERS[name];
  const sigchld = sigchldOptions(name, options);
  const sink = sinkFor(options);
  const unp = serverCalls(options, sink);
  const address = socketAddress(options.host, options.port);
  if (leavesSigchld) installSigchld(unp, sigchld);
  return run(unp, address, serviceNamed(options.doit ?? doit, unp));
}

function serverList(): string {
  const rows = Object.entries(SERVERS).map(([name, { summary }]) => `  ${name.padEnd(12)}  ${summary}`);
  return `\nServers:\n${rows.join('\n')}`;
}

/** `realfork serve`: a server of the books, with one line on standard error for each event. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run a server of the textbooks; each system call and signal is a line on standard error')
    .addArgument(new Argument('<name>', 'the server').choices(Object.keys(SERVERS)))
    .addHelpText('after', serverList)
    .option('-p, --port <number>', 'port to listen on, 0 for any', port, SERV_PORT)
    .option('--host <address>', 'address to listen on, or a path for a Unix socket', host, '127.0.0.1')
    .option('-b, --backlog <number>', 'connections that may wait for accept (default: LISTENQ, 1024)', backlog)
    .addOption(
      new Option('--doit <service>', "what it does for a client (default: the text's own)").choices(SERVICE_NAMES),
    )
    .addOption(
      new Option(
        '--sigchld <disposition>',
        'what SIGCHLD does, default if not given; a handler loops over waitpid',
      ).choices(['default', 'ignore', 'handler']),
    )
    .option('--sa-restart', 'install it with SA_RESTART', false)
    .option('--sa-nocldwait', 'install it with SA_NOCLDWAIT', false)
    .addOption(
      new Option('--on-eintr <what>', 'when a signal interrupts accept: die, as Accept() does, or call it again')
        .choices(['die', 'retry'])
        .default('die'),
    )
    .option('--rcvtimeo <seconds>', 'SO_RCVTIMEO of the listening socket', seconds)
    .option('-q, --quiet', 'no line for each event', false)
    .addOption(new Option('--events <fd>', 'write events as lines of JSON to this descriptor').argParser(descriptor))
    .action((name: ServerName, options: ServeOptions) => serve(name, options));
}
