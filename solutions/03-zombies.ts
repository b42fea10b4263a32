/**
 * Lab 03, reference solution: children are reaped in a handler of SIGCHLD.
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
  SIGCHLD,
  Signal,
  SOCK_STREAM,
  Socket,
  STDOUT_FILENO,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', Number(process.argv[2] ?? SERV_PORT));

const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

/* Figure 5.11: all that have ended, however many signals they were. Signal() sets SA_RESTART: accept goes on. */
Signal(SIGCHLD, () => {
  for (let { pid } = waitpid(-1, WNOHANG); pid > 0; { pid } = waitpid(-1, WNOHANG)) {
    Writen(STDOUT_FILENO, `child ${pid} terminated\n`);
  }
});

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
