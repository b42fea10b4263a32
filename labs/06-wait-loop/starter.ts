/**
 * Lab 06: wait once against the waitpid loop.
 *
 *     realfork run reaper.ts PORT        for example 9877
 *
 * tcpserv03 of UNP 5.9: the handler waits for one child. Works for one client; let five leave together, and count the
 * zombies. The TODO says where.
 */
import {
  Accept,
  Bind,
  Close,
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
  Wait,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);

/** UNP Figure 5.7. */
function sig_chld(): void {
  /* TODO: five children that end together are one SIGCHLD. Take all that have ended, and do not wait for those that have not:
     while this handler waits, nobody calls accept. */
  Wait();
}

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
Signal(SIGCHLD, sig_chld); /* with SA_RESTART */
console.error(`pid ${process.pid}`);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
