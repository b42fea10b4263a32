/**
 * Lab 02: Figure 4.13, the outline of a concurrent server (UNP 4.8).
 *
 *     realfork run server.ts PORT                 for example 9877
 *
 * As it is, the second client waits for the first. Fill in fork, and the closes; they are marked TODO.
 */
import {
  Accept,
  Bind,
  Close,
  LISTENQ,
  Listen,
  SERV_PORT,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
} from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', Number(process.argv[2] ?? SERV_PORT));

const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  /* TODO 1: Fork(). It returns twice: 0 in the child, the child's pid in the parent. The next lines are the child's. */
  /* TODO 2: the child does not accept: which descriptor is not for it? */
  str_echo(connfd); /* process the request */
  Close(connfd); /* done with this client */
  /* TODO 3: the child's work is done. What would it do next, if you left this empty? */

  /* TODO 4: here is the parent. Which descriptor is not for it? */
}
