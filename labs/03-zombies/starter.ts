/**
 * Lab 03: zombies (UNP 5.8 to 5.10).
 *
 *     realfork run server.ts PORT                 for example 9877
 *
 * Figure 4.13, whole. Nobody waits for the children: mend that, at the lines marked TODO.
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

/* TODO 1: a child that ends has the kernel send SIGCHLD to its parent. Install a handler for it, which asks for the
   child's status, and says on standard output "child PID terminated". */

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
  /* TODO 2: it is tempting to wait for the child here. Why is that no good? */
}
