/**
 * Lab 06, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     realfork run faulty.ts PORT        for example 9877
 *
 * Five clients leave together, and there is no zombie. Connect with two, let one leave, and connect with a third. What is
 * the server doing (`realfork watch PID`), and what is it waiting for?
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
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);

/** Takes all children. */
function sig_chld(): void {
  while (waitpid(-1).pid > 0);
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
