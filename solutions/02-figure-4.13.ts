/**
 * Lab 02, reference solution: Figure 4.13 as printed.
 *
 *     realfork run server.ts PORT
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

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    Close(connfd); /* done with this client */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
