import { AF_INET6, ENOEXEC } from '../../constants';
import { type ClientProgramAttributes, native, type StartProgram } from '../../native';
import { environmentStrings } from '../../posix/environment';
import type { Rlimit, SocketAddress } from '../../types';
import type { RaiseOomScore } from '../oom-score';
import { type Connection, servedBy } from './child';
import type { Journal } from './journal';
import { keepAlive } from './keepalive';
import type { Client } from './options';
import type { System } from './surroundings';
import type { TakenSignals } from './taken-signals';
import { type Command, withoutShell, withShell } from './without-shell';

/**
 * The environment of tcpserver's programs: PROTO and the addresses of both ends.
 * https://cr.yp.to/ucspi-tcp/environment.html; of ucspi-unix for a Unix socket.
 */
export function ucspiEnvironment({ peer, local }: Client): string[] {
  if ('path' in local) return ['PROTO=UNIX', `UNIXLOCALPATH=${local.path}`];
  const proto = local.family === AF_INET6 ? 'TCP6' : 'TCP';
  const end = (name: string, address: SocketAddress): string[] =>
    'port' in address ? [`${proto}${name}IP=${address.address}`, `${proto}${name}PORT=${address.port}`] : [];
  return [`PROTO=${proto}`, ...end('LOCAL', local), ...end('REMOTE', peer)];
}

/** Variables that are the connection's, whatever the server was started with. */
const isOfConnection = (name: string): boolean => /^(PROTO|UNIXLOCALPATH|TCP6?(LOCAL|REMOTE)(IP|PORT))$/.test(name);

function environmentOfServer(): string[] {
  return environmentStrings(Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfConnection(name))));
}

export interface ClientProgramOptions {
  /** Of the shell. */
  readonly command: string;
  /** Seconds; 0: none. */
  readonly keepalive: number;
  readonly descriptors: Rlimit | undefined;
  readonly raiseOomScore: RaiseOomScore | undefined;
}

/**
 * The program that a server starts for each client, with the connection as its standard input and output. Nothing is
 * forked for it: native/client_program.cc.
 */
export class ClientProgram {
  private readonly attributes: ClientProgramAttributes;
  private start: StartProgram;

  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly signals: TakenSignals,
    private readonly options: ClientProgramOptions,
  ) {
    const { command, descriptors, raiseOomScore } = options;
    this.attributes = {
      sigdefault: signals.defaultsOfProgram(),
      ...(descriptors === undefined ? {} : { descriptors }),
      ...(raiseOomScore === undefined ? {} : { about: raiseOomScore.about }),
    };
    this.start = this.prepared(withoutShell(command, process.env['PATH'] ?? '') ?? withShell(command));
  }

  private prepared({ path, argv }: Command): StartProgram {
    return native.prepareProgram(path, argv, environmentOfServer(), this.attributes);
  }

  /** @param timeout seconds, 0: none. @returns its pid; undefined: there is none, and why was told */
  startFor(connection: Connection, timeout: number): number | undefined {
    const { system, journal, signals } = this;
    const { keepalive } = this.options;
    const { connfd, listener } = connection;
    try {
      if (keepalive > 0 && 'port' in listener.address) keepAlive(system.posix, connfd, keepalive);
    } catch (error) {
      journal.refusal('setsockopt', error); // it is served all the same
    }
    const result = this.start(
      connfd,
      ucspiEnvironment(servedBy(system, connection).client),
      timeout,
      signals.maskOfProgram(),
    );
    if (typeof result === 'number') return result;
    if (result.errno === ENOEXEC) return this.startByShell(connection, timeout);
    journal.error(result.call, result.errno);
    return undefined;
  }

  /** A script without "#!" is the shell's, as for execvp(3). */
  private startByShell(connection: Connection, timeout: number): number | undefined {
    this.start = this.prepared(withShell(this.options.command));
    return this.startFor(connection, timeout);
  }
}
