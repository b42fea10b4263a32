import type { Command } from 'commander';
import { calls } from '../calls';
import { SOCK_STREAM, STDIN_FILENO, STDOUT_FILENO } from '../constants';
import { describeAddress } from '../describe';
import { strerror } from '../errno';
import type { SocketAddress } from '../types';
import { createUnp, SERV_PORT, type Unp } from '../unp/wrappers';
import { command } from './command';
import { host, port, socketAddress, wholeNumber } from './options';

interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
}

const MOST_CONNECTIONS = 10_000;

function connectOrExplain(unp: Unp, address: SocketAddress): number {
  const sockfd = unp.Socket(address.family, SOCK_STREAM, 0);
  if (unp.connect(sockfd, address) === 0) return sockfd;
  return unp.err_quit(`realfork: cannot connect to ${describeAddress(address)}: ${strerror(unp.errno())}`);
}

/** UNP Figure 5.5: lines from standard input to the server, and back to standard output. */
function str_cli({ Readline, Writen, err_quit }: Unp, sockfd: number): void {
  for (let line = Readline(STDIN_FILENO); line !== ''; line = Readline(STDIN_FILENO)) {
    Writen(sockfd, line);
    const recvline = Readline(sockfd);
    if (recvline === '') err_quit('str_cli: server terminated prematurely');
    Writen(STDOUT_FILENO, recvline);
  }
}

/** UNP Figure 5.9: the connections end together, with the process. */
function connect(options: ConnectOptions): never {
  const unp = createUnp(calls);
  const address = socketAddress(options.host, options.port);
  const sockfds = Array.from({ length: options.connections }, () => connectOrExplain(unp, address));
  const [first = -1] = sockfds;
  str_cli(unp, first); /* do it all */
  return unp.exit(0);
}

/** `realfork connect`: the client of UNP chapter 5. */
export function connectCommand(): Command {
  return command('connect')
    .description('The echo client of UNP chapter 5: sends what it reads, prints what comes back, ends with Ctrl-D')
    .option('-p, --port <number>', 'port to connect to', port, SERV_PORT)
    .option('--host <address>', 'address to connect to, or the path of a Unix socket', host, '127.0.0.1')
    .option(
      '-n, --connections <number>',
      'how many; the first is talked to, and all end together (Figure 5.9)',
      wholeNumber(1, MOST_CONNECTIONS),
      1,
    )
    .action(connect);
}
