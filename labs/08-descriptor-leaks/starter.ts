/**
 * Lab 08: descriptor leaks, connfd and listenfd.
 *
 *     realfork run leaks.ts PORT        for example 9877
 *
 * A server with a child for each client, in which nobody closes what fork has doubled. Clients are served, and never
 * see the end of the file; and the server has a descriptor more for each of them. The TODOs say where.
 */
import {
  Accept,
  Bind,
  exit,
  Fork,
  LISTENQ,
  Listen,
  SERV_PORT,
  SIGCHLD,
  Signal,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
Signal(SIGCHLD, () => {
  while (waitpid(-1, WNOHANG).pid > 0);
});
console.error(`pid ${process.pid}`);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  if (Fork() === 0) {
    /* TODO 1: which descriptor does the child have no use for? And what if it keeps it, and the server ends? */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates: the kernel closes what it has left open */
  }

  /* TODO 2: which one does the parent have no use for? */
}
