/**
 * Lab 02: DELIBERATELY FAULTY, to diagnose. One line is missing.
 *
 *     realfork run faulty.ts PORT
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
  const connfd = Accept(listenfd);

  if (Fork() === 0) {
    Close(listenfd);
    str_echo(connfd);
    Close(connfd);
    exit(0);
  }
}
