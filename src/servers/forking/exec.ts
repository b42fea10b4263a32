import { AF_INET6, F_SETFD, RLIMIT_NOFILE, SIG_DFL, SIGPIPE, SIGXFSZ } from '../../constants';
import { native } from '../../native';
import type { SocketAddress } from '../../types';
import { descriptorLimit } from './descriptor-limit';
import type { Client, ServeClient } from './options';
import type { SystemCalls } from './surroundings';

/**
 * The environment of tcpserver's programs: PROTO and the addresses of both ends.
 * https://cr.yp.to/ucspi-tcp/environment.html; of ucspi-unix for a Unix socket.
 */
export function ucspiEnvironment({ peer, local }: Client): Record<string, string> {
  if ('path' in local) return { PROTO: 'UNIX', UNIXLOCALPATH: local.path };
  const proto = local.family === AF_INET6 ? 'TCP6' : 'TCP';
  const end = (name: string, address: SocketAddress): Record<string, string> =>
    'port' in address ? { [`${proto}${name}IP`]: address.address, [`${proto}${name}PORT`]: String(address.port) } : {};
  return { PROTO: proto, ...end('LOCAL', local), ...end('REMOTE', peer) };
}

/** Becomes `command`, a command of the shell, with the connection as its standard input and output. */
/** @param nofile the soft limit on descriptors that it has; the one that the server was started with, if that can be found out */
export function execProgram({ c, posix }: SystemCalls, command: string, nofile?: number): ServeClient {
  const limit = descriptorLimit(posix, nofile);
  return (connfd, client) => {
    const { STDIN_FILENO, STDOUT_FILENO } = native.constants;
    for (const fd of [STDIN_FILENO, STDOUT_FILENO]) posix.dup2(connfd, fd ?? -1);
    if (connfd > 2) c.close(connfd);
    else posix.fcntl(connfd, F_SETFD, 0); // dup2 of a number to itself leaves FD_CLOEXEC
    // Node ignores these two, and an ignored signal stays so in the next program. execve(2)
    for (const signal of [SIGPIPE, SIGXFSZ]) posix.sigaction(signal, SIG_DFL);
    if (limit !== undefined) posix.setrlimit(RLIMIT_NOFILE, limit);
    const environment = { ...process.env, ...ucspiEnvironment(client) };
    const envp = Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    posix.execve('/bin/sh', ['sh', '-c', command], envp);
  };
}
