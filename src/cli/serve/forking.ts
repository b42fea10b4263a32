import { type Command, Option } from 'commander';
import { calls } from '../../calls';
import { STDERR_FILENO } from '../../constants';
import { readConfiguration, type When } from '../../servers/configuration';
import {
  createForkingServer,
  type ExecServerOptions,
  type ForkingServerOptions,
  jsonLog,
  only,
  type ServerEvent,
  type ServeSocket,
  type Settings,
  textLog,
} from '../../servers/forking';
import { type ListenAt, passedByManager } from '../../servers/forking/adopting';
import { neverWaiting } from '../../servers/forking/events';
import { DEFAULT_SETTINGS } from '../../servers/forking/options';
import { passedToTheOneBefore } from '../../servers/forking/takeover';
import { OOM_SCORE_ADJ_MAX } from '../../servers/oom-score';
import type { Service } from '../../servers/services';
import { createUnp, SERV_PORT } from '../../unp/wrappers';
import { command } from '../command';
import {
  backlog,
  descriptor,
  endpoint,
  host,
  notTunedOption,
  port,
  relaunchIfAsked,
  socketAddress,
  tunedOption,
  wholeNumber,
} from '../options';
import { tellWhatNext } from './hints';
import { chosenService, service } from './service-option';

interface ForkingOptions extends Partial<Settings> {
  readonly listen?: readonly ListenAt[];
  readonly host: string;
  readonly port: number;
  readonly backlog?: number;
  readonly doit?: string;
  readonly exec?: string;
  readonly nofile?: number;
  readonly keepalive?: number;
  readonly oomScoreAdj?: number;
  readonly requests?: number;
  readonly spare?: number;
  readonly grace: number;
  readonly user?: string;
  readonly status?: string;
  readonly config?: string;
  readonly log: 'text' | 'json';
  readonly quiet: boolean;
}

const MOST = 2 ** 31 - 1;

/** The settings that the file gives. */
function configured(path: string, when: When): Partial<Settings> {
  const { number, optional, strictObject } = require('valibot') as typeof import('valibot');
  const schema = strictObject({
    children: optional(number()),
    perAddress: optional(number()),
    timeout: optional(number()),
  });
  // With exactOptionalPropertyTypes a key that is there has a value: as JSON has it.
  return readConfiguration(path, schema, when) as Partial<Settings>;
}

/** What the file does not say is as the command line has it. */
function settings(options: ForkingOptions, when: When): Partial<Settings> {
  const { children, perAddress, timeout } = { ...DEFAULT_SETTINGS, ...options };
  return { children, perAddress, timeout, ...(options.config === undefined ? {} : configured(options.config, when)) };
}

/** They are written before the first client is served. */
function withHints(log: (event: ServerEvent) => void): (event: ServerEvent) => void {
  return neverWaiting((event) => {
    log(event);
    if (event.event === 'listening') tellWhatNext(event.address);
  });
}

function logFor({ log, quiet }: ForkingOptions): (event: ServerEvent) => void {
  const write = log === 'json' ? jsonLog(STDERR_FILENO) : withHints(textLog(STDERR_FILENO, 'realfork'));
  return quiet ? only(write, ['error', 'not-reloaded', 'not-restarted', 'unknown-child', 'lost']) : write;
}

/** "fd:3": a socket that listens already. */
function listenAt(text: string): ListenAt {
  const [, fd] = /^fd:(\d+)$/.exec(text) ?? [];
  return fd === undefined ? endpoint(text) : { fd: descriptor(fd) };
}

/** The sockets of a service manager, where it has passed some, go before --port. */
function places({ listen, host: at, port: number }: ForkingOptions): readonly ListenAt[] {
  const passed = [...passedByManager(), ...passedToTheOneBefore()];
  return listen ?? (passed.length > 0 ? passed : [socketAddress(at, number)]);
}

/** How a child serves: it blocks, or lives in its event loop. */
type Serves =
  | Pick<ForkingServerOptions, 'doit' | 'rehearse' | 'requests' | 'spare'>
  | { readonly onConnection: ServeSocket }
  | Pick<ExecServerOptions, 'exec' | 'nofile'>;

/** A service by its name, or out of a file, for a child. */
function serviceFor(
  { doit, rehearse, onConnection }: Service,
  name: string,
  kept: Pick<ForkingOptions, 'requests' | 'spare'>,
): Serves {
  if (doit !== undefined) {
    const unp = createUnp(calls);
    return {
      doit: (connfd) => doit(connfd, unp),
      ...(rehearse === undefined ? {} : { rehearse: (client) => rehearse(client, unp) }),
      ...kept,
    };
  }
  if (onConnection !== undefined) return { onConnection, ...kept };
  throw new Error(`${name} exports no function "doit", which a child calls with connfd, and no "onConnection(socket)"`);
}

function serve(options: ForkingOptions, serves: Serves): void | Promise<void> {
  const { backlog: queue, grace, user, keepalive, status, oomScoreAdj } = options;
  const all = {
    ...settings(options, 'at the start'),
    ...{ grace, log: logFor(options) },
    ...(options.config === undefined ? {} : { reload: () => settings(options, 'again') }),
    listen: places(options),
    ...{ notify: true, restart: true },
    ...(queue === undefined ? {} : { backlog: queue }),
    ...(user === undefined ? {} : { user }),
    ...(status === undefined ? {} : { status }),
    ...(keepalive === undefined ? {} : { keepalive }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
  return 'onConnection' in serves
    ? createForkingServer({ ...all, ...serves }).run()
    : createForkingServer({ ...all, ...serves }).run();
}

function start(options: ForkingOptions): void | Promise<void> {
  const { doit = 'echo', exec, nofile, requests, spare } = options;
  if (exec !== undefined) return serve(options, { exec, ...(nofile === undefined ? {} : { nofile }) });
  return chosenService(doit, (chosen) =>
    serve(
      options,
      serviceFor(chosen, doit, {
        ...(requests === undefined ? {} : { requests }),
        ...(spare === undefined ? {} : { spare }),
      }),
    ),
  );
}

/** `realfork serve forking`: the server for production. */
export function forkingCommand(): Command {
  return (
    command('forking')
      .summary('for production: limits, back-off, reload, graceful stop')
      .description(
        'A server with a child for each connection, as in production.\nWhat happens is a line on standard error.',
      )
      .option(
        '-l, --listen <address...>',
        'where to listen: 127.0.0.1:9877, [::1]:9877, ./socket, fd:3 (a socket that listens); may be given several times',
        (text, earlier: readonly ListenAt[] = []) => [...earlier, listenAt(text)],
      )
      .option('-p, --port <number>', 'port to listen on, 0 for any, where there is no --listen', port, SERV_PORT)
      .option('--host <address>', 'address to listen on, or a path for a Unix socket', host, '127.0.0.1')
      .option('-b, --backlog <number>', 'connections that may wait for accept (default: 1024)', backlog)
      .option(
        '-c, --children <number>',
        'children at a time; further clients wait (default: 40)',
        wholeNumber(1, 100_000),
      )
      .option(
        '-C, --per-address <number>',
        'children for one address; further are closed (default: 0, no limit)',
        wholeNumber(0, 100_000),
      )
      .option(
        '-t, --timeout <seconds>',
        'that a client may take before its child is ended by SIGALRM (default: 0, never)',
        wholeNumber(0, MOST),
      )
      .addOption(
        new Option('-r, --requests <number>', 'clients that a child serves, one after the other (default: 1)')
          .argParser(wholeNumber(1, MOST))
          .conflicts(['exec', 'perAddress']),
      )
      .addOption(
        new Option('-s, --spare <number>', 'children that wait for clients that have not come yet (default: 0)')
          .argParser(wholeNumber(0, 100_000))
          .conflicts(['exec', 'perAddress']),
      )
      .option('-g, --grace <seconds>', 'that children have to finish after SIGTERM', wholeNumber(0, MOST), 30)
      .option(
        '-k, --keepalive <seconds>',
        'of silence, after which a client is asked whether it is still there (default: 0, never)',
        wholeNumber(0, 32_767),
      )
      .option(
        '--nofile <number>',
        'soft limit on descriptors of the programs of --exec (default: as this one was started with, where that can be seen)',
        wholeNumber(3, MOST),
      )
      .option(
        '--oom-score-adj <number>',
        "by which that of children is higher than the server's, so that the kernel kills them first (default: 500; Linux)",
        wholeNumber(0, OOM_SCORE_ADJ_MAX),
      )
      .option('-u, --user <user[:group]>', 'who to become once it listens, when root starts it')
      .option('--status <path>', 'a Unix socket that tells how the server is: JSON, or GET /metrics for Prometheus')
      .option('--config <file>', 'JSON with "children", "perAddress", "timeout", read again on SIGHUP')
      .option(
        '--doit <service>',
        'echo, daytime, http, or a file (.ts, .js) that exports doit(connfd) or onConnection(socket) (default: "echo")',
        service,
      )
      .addOption(
        new Option(
          '--exec <command>',
          'a command of the shell, with the connection as its standard input and output',
        ).conflicts('doit'),
      )
      .addOption(
        new Option('--log <format>', 'of the lines on standard error').choices(['text', 'json']).default('text'),
      )
      .option('-q, --quiet', 'lines for errors only', false)
      .addOption(tunedOption(' (default, but for --exec)'))
      .addOption(notTunedOption())
      // What --exec starts is no copy of this process.
      .hook('preAction', (asked) => relaunchIfAsked(asked, asked.getOptionValue('exec') === undefined))
      .addHelpText(
        'after',
        '\nSIGHUP reads the configuration again, SIGUSR2 starts the program anew on the same listeners, SIGTERM lets children\n' +
          'finish, SIGINT does not. --exec gives its program PROTO, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP and TCPLOCALPORT, as tcpserver does (TCP6... for IPv6, UNIXLOCALPATH).',
      )
      .action(start)
  );
}
