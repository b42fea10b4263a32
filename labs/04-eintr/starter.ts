/**
 * Lab 04: the server that dies of EINTR, and two cures.
 *
 *     realfork run eintr.ts PORT CURE        for example 9877 retry, or 9877 restart
 *
 * Figure 4.13 with a handler for SIGCHLD. It leaves no zombie, and dies when its first client has left:
 * "accept error: Interrupted system call". Cure it in both ways; the TODOs say where.
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

/* TODO 2, where the cure is "restart": a flag that has the kernel call accept again. accept is then never seen to fail. */
Sigaction(SIGCHLD, { handler: sig_chld, mask: [], flags: 0 });

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
console.error(`pid ${process.pid}, cure: ${cure}`);

/** A connection. */
function acceptClient(): number {
  /* TODO 1, where the cure is "retry": the program calls accept again. Accept prints and exits, whatever the error; accept
     gives -1, and errno() says why. Which error is none? All others stay the end of the program: err_sys('accept error'). */
  return Accept(listenfd);
}

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
