/**
 * Lab 04, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     realfork run faulty.ts PORT CURE        for example 9877 retry
 *
 * Clients come and go, and it lives. What is wrong shows when accept fails of something else: take its descriptors
 * away (`prlimit --pid PID --nofile=10:`), connect, and look at `top`. Which line is it, and what should it say?
 */
import {
  Accept,
  accept,
  Bind,
  Close,
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

/** Cure 1: accept, until it gives a connection. */
function acceptAgain(): number {
  for (;;) {
    const connfd = accept(listenfd);
    if (connfd !== -1) return connfd;
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
