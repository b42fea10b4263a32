import { isAsyncFunction, isGeneratorFunction } from 'node:util/types';
import type { SocketAddress } from '../../types';
import { OOM_SCORE_ADJ_MAX } from '../oom-score';
import type { ListenAt } from './adopting';
import type { ServerEvent } from './events';
import type { ServeSocket } from './socket-child';
import type { ChildSignals } from './taken-signals';

/** Who a child serves. */
export interface Client {
  /** The other end: of a Unix socket, mostly without a name (path ''). */
  readonly peer: SocketAddress;
  /** This end. */
  readonly local: SocketAddress;
}

/**
 * Serves one client, in a child of its own, and may block. Its number is the child's exit status, 0 without one. What it
 * throws goes to standard error, with its stack, and the child exits with status 1.
 */
export type ServeClient = ((connfd: number, client: Client) => void) | ((connfd: number, client: Client) => number);

/** What can be changed while the server runs. */
export interface Settings {
  /** The most children at a time: while there are as many, connections wait in the backlog. 1 to 100,000. */
  readonly children: number;
  /** The most of them for one address; further connections are closed. 0: no such limit. */
  readonly perAddress: number;
  /**
   * Seconds after which SIGALRM ends a child and all of its process group, and SIGKILL a second later what is left of
   * them; 0: never. Whole seconds.
   */
  readonly timeout: number;
}

export const DEFAULT_SETTINGS: Settings = { children: 40, perAddress: 0, timeout: 0 };

export interface ForkingServerOptions extends Partial<Settings> {
  /**
   * Where to listen: at one address or several, of AF_INET, AF_INET6 and AF_UNIX, port 0 for any; or { fd: 3 }, on a socket
   * that listens already, as a service manager passes it.
   */
  readonly listen: ListenAt | readonly ListenAt[];
  readonly doit: ServeClient;
  /**
   * Sends on its socket all that a client sends: before the first fork doit is tried on the other end a number of times, in
   * the server itself, so that no child has to compile it. What doit changes then stays so, in the server and its children:
   * memory, listeners, its user, its directory.
   */
  readonly rehearse?: (client: number) => void;
  /**
   * So many clients a child serves, one after the other, before it exits: 1 if left out. They share its memory: docs/servers.md.
   * 1 to 2,147,483,647. Not with perAddress.
   */
  readonly requests?: number;
  /**
   * So many children wait for a client that has not come yet; 0 if left out. They count as children. 0 to 100,000. Not with
   * perAddress.
   */
  readonly spare?: number;
  /** Connections that may wait for accept, for each address. LISTENQ (1024) if left out. */
  readonly backlog?: number;
  /** Seconds that children have to finish after SIGTERM before they are killed. 30 if left out. */
  readonly grace?: number;
  /**
   * "name", "name:group", or in figures "uid:gid": what a server that was started by root becomes once it listens.
   * It is refused where that cannot be.
   */
  readonly user?: string;
  /**
   * Seconds of silence after which a TCP client is asked whether it is still there; one that does not answer is gone as
   * many seconds later. 0, or left out: never, and a client that vanished holds its child. 0 to 32,767. tcp(7)
   */
  readonly keepalive?: number;
  /**
   * Whether the service manager is told READY=1, RELOADING=1 and STOPPING=1 where it has asked for that, by NOTIFY_SOCKET.
   * sd_notify(3)
   */
  readonly notify?: boolean;
  /**
   * The path of a Unix socket on which the server says how it is, to who may connect to it: in JSON, or as Prometheus
   * wants it for "metrics" and for GET /metrics.
   */
  readonly status?: string;
  /**
   * Whether SIGUSR2 starts the program anew on the same listeners, with the same command line. This one serves until that
   * does, and ends when its children have. If that never serves, this one goes on, and says so.
   */
  readonly restart?: boolean;
  /**
   * What signals do in a child: 'default', what they do in a program that has just started; 'inherit', what they did
   * in this one before run(). Listeners of process.on(signal) run when the event loop turns: not while doit blocks.
   */
  readonly signals?: ChildSignals;
  /**
   * So much higher is the oom_score_adj of children than the server's: for want of memory the kernel kills one of them,
   * and not the server. 0 to 1,000; 500 if left out; 0: as the server's. Linux. proc_pid_oom_score_adj(5)
   */
  readonly oomScoreAdj?: number;
  /** Gives the settings anew on SIGHUP. If it throws, the old ones stay. */
  readonly reload?: () => Partial<Settings>;
  /** Is told what happens. What it throws does not end the server: that event is counted as lost. */
  readonly log?: (event: ServerEvent) => void;
}

/** A server whose children live in their event loop. */
export interface SocketServerOptions extends Omit<ForkingServerOptions, 'doit' | 'rehearse' | 'requests' | 'spare'> {
  readonly onConnection: ServeSocket;
}

/** A server whose children are another program. */
export interface ExecServerOptions
  extends Omit<ForkingServerOptions, 'doit' | 'rehearse' | 'requests' | 'spare' | 'signals'> {
  /**
   * A command of the shell, with the connection as its standard input and output, and PROTO, TCPREMOTEIP, TCPREMOTEPORT,
   * TCPLOCALIP and TCPLOCALPORT in its environment, as tcpserver has it (TCP6…; UNIXLOCALPATH). Words that are nothing but
   * words are started without the shell. Nothing is forked for it: vfork(2), and no hook of registerAtFork() runs.
   */
  readonly exec: string;
  /**
   * The soft limit on descriptors that it has. If left out, the one that the server was started with, where that can be
   * seen: Node raises its own.
   */
  readonly nofile?: number;
}

/** What a forking server can be told. */
export type AnyServerOptions = ForkingServerOptions | SocketServerOptions | ExecServerOptions;

/** Without names whose value is undefined: which names are there says how clients are served. */
export function given<Options extends AnyServerOptions>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

const SETTINGS: Readonly<Record<keyof Settings, true>> = { children: true, perAddress: true, timeout: true };

const OPTIONS: Readonly<
  Record<keyof ForkingServerOptions | keyof SocketServerOptions | keyof ExecServerOptions, true>
> = {
  ...SETTINGS,
  ...{
    requests: true,
    spare: true,
    listen: true,
    doit: true,
    rehearse: true,
    onConnection: true,
    backlog: true,
    grace: true,
    user: true,
  },
  ...{ keepalive: true, oomScoreAdj: true, exec: true, nofile: true },
  ...{ notify: true, status: true, restart: true, signals: true, reload: true, log: true },
};

function wrongType(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

function checkNames(given: object, known: Readonly<Record<string, true>>, whose: string): void {
  const unknown = Object.keys(given).find((name) => known[name] !== true);
  if (unknown === undefined) return;
  const names = Object.keys(known).join(', ');
  throw wrongType(`A forking server has no ${whose} "${unknown.slice(0, 40)}". Those that it has: ${names}`);
}

const RANGES: Readonly<
  Record<
    keyof Settings | 'requests' | 'spare' | 'backlog' | 'grace' | 'keepalive' | 'oomScoreAdj' | 'nofile',
    readonly [low: number, high: number]
  >
> = {
  children: [1, 100_000],
  perAddress: [0, 100_000],
  timeout: [0, 2 ** 31 - 1],
  requests: [1, 2 ** 31 - 1],
  spare: [0, 100_000],
  backlog: [0, 2 ** 31 - 1],
  grace: [0, 2 ** 31 - 1],
  keepalive: [0, 32_767], // MAX_TCP_KEEPIDLE
  oomScoreAdj: [0, OOM_SCORE_ADJ_MAX],
  nofile: [3, 2 ** 31 - 1],
};

type Numbers = Partial<Readonly<Record<keyof typeof RANGES, number | undefined>>>;

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
function checkNumbers(numbers: Numbers): void {
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const value: unknown = numbers[name as keyof typeof RANGES];
    if (value === undefined) continue;
    if (typeof value !== 'number') {
      throw wrongType(`The "${name}" of a forking server must be a number. Received ${typeof value}`);
    }
    if (!Number.isInteger(value) || value < low || value > high) {
      throw Object.assign(
        new RangeError(
          `The "${name}" of a forking server must be a whole number from ${low} to ${high}. Received ${value}`,
        ),
        { code: 'ERR_OUT_OF_RANGE' },
      );
    }
  }
}

/** The settings with those of `changes` that are given. Throws as checkOptions does. */
export function changedSettings(settings: Settings, changes: Partial<Settings>): Settings {
  checkNames(changes, SETTINGS, 'setting');
  checkNumbers(changes);
  const { children, perAddress, timeout } = changes;
  return {
    children: children ?? settings.children,
    perAddress: perAddress ?? settings.perAddress,
    timeout: timeout ?? settings.timeout,
  };
}

/** Functions that must have done all when they return, and why. */
export const WHY_NOT_ASYNC: Readonly<Record<'doit' | 'rehearse' | 'reload' | 'log', string>> = {
  doit: 'the child that serves a client ends as it returns, and with onConnection it does not',
  rehearse: 'the server does not wait for what it sends',
  reload: 'the server does not wait for what it gives',
  log: 'the event loop does not turn while the server runs',
};

type Given = Readonly<
  Partial<
    Record<keyof typeof WHY_NOT_ASYNC | 'onConnection' | 'exec' | 'nofile' | 'signals' | 'requests' | 'spare', unknown>
  >
>;

/** Options that say nothing to a server of that kind. */
const NOT_WITH: Readonly<Record<'doit' | 'onConnection' | 'exec', readonly (keyof Given)[]>> = {
  doit: ['nofile'],
  onConnection: ['rehearse', 'nofile', 'requests', 'spare'],
  exec: ['rehearse', 'signals', 'requests', 'spare'],
};

function checkFit(given: Given): void {
  for (const [kind, names] of Object.entries(NOT_WITH)) {
    const name =
      given[kind as keyof typeof NOT_WITH] === undefined ? undefined : names.find((one) => given[one] !== undefined);
    if (name !== undefined) throw wrongType(`A forking server with "${kind}" has no option "${name}"`);
  }
}

/** Whether children wait for clients by themselves. */
export function isKeeping({ requests = 1, spare = 0 }: Partial<ForkingServerOptions>): boolean {
  return requests > 1 || spare > 0;
}

/** Clients are counted by their addresses where they are accepted: in the server. @throws TypeError */
export function checkPerAddress(options: Partial<ForkingServerOptions>, { perAddress = 0 }: Partial<Settings>): void {
  if (perAddress === 0 || !isKeeping(options)) return;
  const name = (options.requests ?? 1) > 1 ? 'requests' : 'spare';
  throw wrongType(
    `A forking server with "${name}" has no "perAddress": its children take clients by themselves, whatever their address`,
  );
}

/** How a client is served: one of these. */
function checkService({ doit, onConnection, exec }: Given): void {
  const kinds = [typeof doit === 'function', typeof onConnection === 'function', typeof exec === 'string'];
  if ([doit, onConnection, exec].filter((one) => one !== undefined).length !== 1 || !kinds.includes(true)) {
    const received = `Received ${typeof doit}, ${typeof onConnection} and ${typeof exec}`;
    throw wrongType(
      `Of "doit", "onConnection" (functions) and "exec" (a string) a forking server needs one. ${received}`,
    );
  }
  if (typeof exec === 'string' && (exec.trim() === '' || exec.includes('\0'))) {
    throw Object.assign(new TypeError('The "exec" of a forking server must be a command of the shell'), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
}

function checkFunctions(given: Given): void {
  for (const [name, why] of Object.entries(WHY_NOT_ASYNC)) {
    const value = given[name as keyof typeof WHY_NOT_ASYNC];
    if (value === undefined) continue;
    if (typeof value !== 'function') {
      throw wrongType(`The "${name}" of a forking server must be a function. Received ${typeof value}`);
    }
    if (isAsyncFunction(value) || isGeneratorFunction(value)) {
      throw wrongType(`The "${name}" of a forking server must not be async, nor a generator: ${why}`);
    }
  }
}

/** So many places at the most: each is a descriptor, and an array may be of any length. */
const MOST_PLACES = 1024;

/** What an address has in it, bind(2) looks at. */
function checkListen(listen: unknown): void {
  const isList = Array.isArray(listen);
  if (!isList && (typeof listen !== 'object' || listen === null)) {
    throw wrongType(`The "listen" of a forking server must be an address, or an array. Received ${typeof listen}`);
  }
  const places: unknown[] = isList ? listen : [listen];
  if (places.length === 0 || places.length > MOST_PLACES) {
    throw wrongType(`The "listen" of a forking server must be an address, or an array of 1 to ${MOST_PLACES}`);
  }
  for (const place of places) {
    const isPlace = typeof place === 'object' && place !== null && ('fd' in place || 'family' in place);
    if (!isPlace) throw wrongType('Each "listen" of a forking server must be an address, or an object with "fd"');
  }
}

const TYPES: Readonly<Record<'user' | 'status' | 'notify' | 'restart', 'string' | 'boolean'>> = {
  ...{ user: 'string', status: 'string' },
  ...{ notify: 'boolean', restart: 'boolean' },
};

function checkTypes(given: Readonly<Partial<Record<keyof typeof TYPES, unknown>>>): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const value = given[name as keyof typeof TYPES];
    if (value === undefined || typeof value === type) continue;
    throw wrongType(`The "${name}" of a forking server must be a ${type}. Received ${typeof value}`);
  }
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE, before anything is done */
export function checkOptions(options: AnyServerOptions): void {
  if (typeof options !== 'object' || options === null || ArrayBuffer.isView(options)) {
    throw wrongType(`The options of a forking server must be an object. Received ${typeof options}`);
  }
  checkNames(options, OPTIONS, 'option');
  checkNumbers(options);
  checkService(options);
  checkFit(options);
  checkFunctions(options);
  const { listen, signals = 'default' }: Partial<ForkingServerOptions> = options;
  checkTypes(options);
  checkPerAddress(options, options);
  checkListen(listen);
  if (signals !== 'default' && signals !== 'inherit') {
    throw wrongType(`The "signals" of a forking server must be 'default' or 'inherit'. Received ${String(signals)}`);
  }
}
