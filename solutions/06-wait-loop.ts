/**
 * Lab 06, a solution: the handler of UNP Figure 5.11.
 *
 *     realfork run reaper.ts PORT
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
  WNOHANG,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);

/** UNP Figure 5.11: all that have ended, however many signals they were; WNOHANG: and none that has not. */
function sig_chld(): void {
  while (waitpid(-1, WNOHANG).pid > 0);
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
