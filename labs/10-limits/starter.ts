/**
 * Lab 10: a server that knows its limits.
 *
 *     realfork run limits.ts PORT CHILDREN        for example 9877 3
 *
 * An echo server with a child for each client, as in lab 06. It has three weaknesses, which are yours to mend; they are
 * marked TODO. Until then a hundred clients have it make a hundred children, and it dies of the first call that fails.
 */
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  SA_RESTART,
  SERV_PORT,
  Setsockopt,
  SIGCHLD,
  Sigaction,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const limit = Number(process.argv[3] ?? 40);

/** Children that have not been reaped. */
let children = 0;

Sigaction(SIGCHLD, {
  handler: () => {
    while (waitpid(-1, WNOHANG).pid > 0) children -= 1;
  },
  flags: SA_RESTART,
});

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

for (;;) {
  /* TODO 1: while there are `limit` children, do not accept: sleep until SIGCHLD has been handled. The clients wait in
     the backlog meanwhile. Which call sleeps until a signal comes, and does not miss one that came just before it? */
  if (children >= limit) console.error(`status: ${children}/${limit}`);

  /* TODO 2: Accept dies of EMFILE, and of EINTR if a handler has no SA_RESTART. Call accept, and look at errno(). */
  const connfd = Accept(listenfd); /* probably blocks */

  children += 1; /* the slot is taken before fork: the child may end before fork returns here */
  /* TODO 3: Fork dies of EAGAIN. The server must not; and what is to become of connfd, and of the slot? */
  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }
  Close(connfd); /* parent closes connected socket */
}
