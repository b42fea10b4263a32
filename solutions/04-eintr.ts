/**
 * Lab 04, a solution: accept fails with EINTR, and is called again, by the program or by the kernel.
 *
 *     realfork run eintr.ts PORT CURE        CURE: retry or restart
 */
import {
  Accept,
  accept,
  Bind,
  Close,
  EINTR,
  err_sys,
  errno,
  exit,
  Fork,
  LISTENQ,
  Listen,
  SA_RESTART,
  SERV_PORT,
  SIGCHLD,
  Sigaction,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const cure = process.argv[3] ?? 'retry';

/** UNP Figure 5.11: waits for all children that have ended. */
function sig_chld(): void {
  while (waitpid(-1, WNOHANG).pid > 0);
}

Sigaction(SIGCHLD, { handler: sig_chld, mask: [], flags: cure === 'restart' ? SA_RESTART : 0 });

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
console.error(`pid ${process.pid}, cure: ${cure}`);

/** Cure 1: accept, again after EINTR. UNP Figure 5.12. */
function acceptAgain(): number {
  for (;;) {
    const connfd = accept(listenfd);
    if (connfd !== -1) return connfd;
    if (errno() !== EINTR) err_sys('accept error');
  }
}

/** Cure 2: nothing to be done here, as the kernel calls it again. */
const acceptClient = cure === 'restart' ? () => Accept(listenfd) : acceptAgain;

for (;;) {
  const connfd = acceptClient(); /* probably blocks */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    Close(connfd); /* done with this client */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
