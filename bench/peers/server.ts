/**
 * A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
 *
 *   server LIMIT
 *
 * Prints "listening PORT" once clients can connect. The same program as server.c and server.py.
 */
import * as unp from 'realfork/unp';

/**
 * Taken out of the module once. Compiled to CommonJS, each use of an imported name looks it up in the module, and what
 * only children do is looked up for the first time in every child: docs/performance.md.
 */
const {
  Accept,
  AF_INET,
  alarm,
  Bind,
  Close,
  exit,
  Fork,
  Getsockname,
  LISTENQ,
  Listen,
  SIGCHLD,
  Signal,
  SOCK_STREAM,
  STDOUT_FILENO,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
} = unp;

function sig_chld(): void {
  while (waitpid(-1, WNOHANG).pid > 0);
}

alarm(Number(process.argv[2]));
Signal(SIGCHLD, sig_chld); /* with SA_RESTART */

const listenfd = Socket(AF_INET, SOCK_STREAM, 0);
Bind(listenfd, sockaddr_in('127.0.0.1', 0));
Listen(listenfd, LISTENQ);
const address = Getsockname(listenfd);
Writen(STDOUT_FILENO, `listening ${'port' in address ? address.port : ''}\n`);

for (;;) {
  const connfd = Accept(listenfd);
  if (Fork() === 0) {
    Close(listenfd);
    str_echo(connfd);
    Close(connfd);
    exit(0);
  }
  Close(connfd);
}
