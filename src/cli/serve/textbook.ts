import { rmSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { calls } from '../../calls';
import { AF_UNIX, STDERR_FILENO } from '../../constants';
import { describeAddress } from '../../describe';
import { adviceFor, SyscallError, strerror } from '../../errno';
import { dieWithParent } from '../../fork/die-with-parent';
import { type Event, monotonic, type Sink } from '../../observe/events';
import { nowhere, type Outlets, sinkTo } from '../../observe/outlets';
import { tracedUnp } from '../../observe/traced-unp';
import { type Choice, SERVERS, type ServerName, type TextbookServer } from '../../servers';
import { configuredService } from '../../servers/handbook-configuration';
import { OOM_SCORE_ADJ_MAX, type RaiseOomScore, raisedOomScore } from '../../servers/oom-score';
import { type Addition, announce, receiveTimeout, retryOnEintr, reuseAddress } from '../../servers/policy';
import { rehearseService } from '../../servers/rehearsal';
import type { Service } from '../../servers/services';
import { bound } from '../../servers/services/service';
import { installSigchld, type SigchldOptions } from '../../servers/sigchld';
import { createUnp, SERV_PORT, type Unp } from '../../unp/wrappers';
import { command } from '../command';
import { backlog, descriptor, host, port, seconds, socketAddress, wholeNumber } from '../options';
import { tellWhatNext } from './hints';
import { chosenService, service } from './service-option';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly backlog?: number;
  readonly doit: string;
  readonly quiet: boolean;
  readonly events?: number;
  readonly sigchld?: SigchldOptions['disposition'];
  readonly saRestart?: boolean;
  readonly saNocldwait?: boolean;
  readonly onEintr?: 'die' | 'retry';
  readonly rcvtimeo?: number;
  readonly sleep?: number;
  readonly config?: string;
  readonly children?: number;
  readonly oomScoreAdj?: number;
}

/** UNP 30.6 has it as an argument; its measurements are with 15. */
const DEFAULT_CHILDREN = 8;

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

/** Says which address could not be had, where the wrapper's "bind error" does not. */
const bindOrExplain: Addition = (unp) => ({
  ...unp,
  Bind(fd, address) {
    if (unp.bind(fd, address) === 0) return;
    const errno = unp.errno();
    const why = [`bind error: ${strerror(errno)}`, adviceFor('bind', errno) ?? []].flat().join('. ');
    unp.err_quit(`realfork: cannot listen on ${describeAddress(address)}: ${why}`);
  },
});

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

/** The calls that the server is given: traced, and with what the options ask for. */
function serverCalls(options: ServeOptions, sink: Sink): Unp {
  const additions: Addition[] = [
    reuseAddress,
    bindOrExplain,
    removeSocketAtExit,
    announce(options.backlog, (address) => {
      sink({
        kind: 'listening',
        t: monotonic(),
        pid: process.pid,
        address: describeAddress(address),
        port: 'port' in address ? address.port : undefined,
      });
      if (!options.quiet) tellWhatNext(describeAddress(address));
    }),
    ...(options.rcvtimeo === undefined ? [] : [receiveTimeout(options.rcvtimeo)]),
    ...(options.onEintr === 'retry' ? [retryOnEintr] : []),
  ];
  return additions.reduce<Unp>((so_far, addition) => addition(so_far), tracedUnp(sink));
}

const missing = (what: string) => (): never => {
  throw new Error(`a server was given no ${what}`);
};

/** @throws SyscallError the score cannot be raised */
function raiseOomScore({ oomScoreAdj = 0 }: ServeOptions): RaiseOomScore | undefined {
  if (oomScoreAdj === 0) return undefined;
  const raise = raisedOomScore(oomScoreAdj);
  if (typeof raise === 'number') throw new SyscallError('open', raise, ['/proc/self/oom_score_adj']);
  return raise;
}

function start(name: ServerName, options: ServeOptions, chosen: Service): void {
  const { choices, needs, forks, run }: TextbookServer = SERVERS[name];
  if (chosen[needs] === undefined) {
    throw new Error(
      needs === 'doit'
        ? `${options.doit} exports no function "doit", which is what ${name} calls with connfd`
        : `${options.doit} exports no function "onConnection(socket)": ${name} serves all its clients in one thread, ` +
            'where a doit that blocks would stop all of them',
    );
  }
  const outlets: Outlets = { text: options.quiet ? undefined : STDERR_FILENO, json: options.events };
  const sink = sinkTo(outlets, onceListening);
  const unp = serverCalls(options, sink);
  if (forks) rehearseService(sink === nowhere ? unp : createUnp(calls), chosen);
  if (choices.includes('sigchld')) {
    const { sigchld: disposition = 'default', saRestart = false, saNocldwait = false } = options;
    installSigchld(unp, { disposition, saRestart, saNocldwait });
  }
  const { doit = missing('doit'), onConnection = missing('onConnection') } = chosen;
  const configured = options.config === undefined ? undefined : configuredService(options.config, doit);
  const serveClient = configured?.serveClient ?? doit;
  const server = process.pid;
  run({
    ...{ unp, doit: bound(serveClient, unp), onConnection, outlets },
    address: socketAddress(options.host, options.port),
    service: options.doit,
    sleep: options.sleep ?? 0,
    children: options.children ?? DEFAULT_CHILDREN,
    raiseOomScore: raiseOomScore(options),
    dieWithServer: () => dieWithParent(server),
    reread: configured?.reread ?? (() => {}),
  });
}

function serve(name: ServerName, options: ServeOptions): void | Promise<void> {
  return chosenService(options.doit, (chosen) => start(name, options, chosen));
}

const CHOICE_OPTIONS: Readonly<Record<Choice, readonly Option[]>> = {
  sigchld: [
    new Option('--sigchld <disposition>', 'what SIGCHLD does; a handler loops over waitpid')
      .choices(['default', 'ignore', 'handler'])
      .default('default'),
    new Option('--sa-restart', 'install it with SA_RESTART').default(false),
    new Option('--sa-nocldwait', 'install it with SA_NOCLDWAIT').default(false),
  ],
  'on-eintr': [
    new Option('--on-eintr <what>', 'when a signal interrupts accept: die, as Accept() does, or call it again')
      .choices(['die', 'retry'])
      .default('die'),
  ],
  rcvtimeo: [new Option('--rcvtimeo <seconds>', 'SO_RCVTIMEO of the listening socket').argParser(seconds)],
  sleep: [
    new Option('--sleep <seconds>', 'to sleep after each client').argParser(wholeNumber(0, 2 ** 31 - 1)).default(60),
  ],
  children: [
    new Option('-c, --children <number>', 'forked beforehand')
      .argParser(wholeNumber(1, 1000))
      .default(DEFAULT_CHILDREN),
    new Option(
      '--oom-score-adj <number>',
      "by which that of children is higher than the server's, so that the kernel kills them first (Linux)",
    )
      .argParser(wholeNumber(0, OOM_SCORE_ADJ_MAX))
      .default(0),
  ],
  config: [new Option('--config <file>', 'JSON with "doit" and "greeting", read again on SIGHUP')],
};

/** `realfork serve NAME`: a server of the books, with one line on standard error for each event. */
export function textbookCommand(name: ServerName): Command {
  const { summary, doit, choices }: TextbookServer = SERVERS[name];
  const result = command(name)
    .summary(summary)
    .description(`${summary}.\nEach system call and signal is a line on standard error.`)
    .option('-p, --port <number>', 'port to listen on, 0 for any', port, SERV_PORT)
    .option('--host <address>', 'address to listen on, or a path for a Unix socket', host, '127.0.0.1')
    .option('-b, --backlog <number>', "connections that may wait for accept (default: the text's own)", backlog)
    .option('--doit <service>', 'echo, daytime, http, or a file (.ts, .js) that exports doit(connfd)', service, doit)
    .option('-q, --quiet', 'no line for each event', false)
    .addOption(new Option('--events <fd>', 'write events as lines of JSON to this descriptor').argParser(descriptor));
  for (const option of choices.flatMap((choice) => CHOICE_OPTIONS[choice])) result.addOption(option);
  return result.action((options: ServeOptions) => serve(name, options));
}
