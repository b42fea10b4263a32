/**
 * Lab 08, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     realfork run faulty.ts PORT        for example 9877
 *
 * Its clients see the end of the file, and are content. Look at its descriptors after ten of them (`ls -l /proc/PID/fd`), and
 * draw the reference counts of UNP 4.8 for a connection: who has closed, and who has only shut down?
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
  SHUT_RDWR,
  Shutdown,
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
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    Shutdown(connfd, SHUT_RDWR); /* the client is to see the end of the file */
    exit(0); /* child terminates */
  }
}
