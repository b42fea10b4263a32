/*
 * Lab 10: a server that knows its limits.
 *
 *     ./limits PORT CHILDREN        for example 9877 3
 *
 * An echo server with a child for each client, as in lab 06. It has three weaknesses, which are yours to mend; they are
 * marked TODO. Until then a hundred clients have it make a hundred children, and it dies of the first call that fails.
 */
#include "unp.h"

/* Children that have not been reaped. The handler changes it, and so does the loop: with SIGCHLD blocked. */
static volatile sig_atomic_t children = 0;

static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) --children;
  errno = saved;
}

/* `++children` is several steps for the processor: SIGCHLD is not to come between them. */
static void count(int change) {
  sigset_t chld, before;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, &before);
  children += change;
  sigprocmask(SIG_SETMASK, &before, NULL);
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  int limit = argc > 2 ? atoi(argv[2]) : 40;
  Signal(SIGCHLD, sig_chld); /* with SA_RESTART */

  for (;;) {
    /* TODO 1: while there are `limit` children, do not accept: sleep until SIGCHLD has been handled. The clients wait in
       the backlog meanwhile. Which call sleeps until a signal comes, and does not miss one that came just before it? */
    if (children >= limit) fprintf(stderr, "status: %d/%d\n", (int)children, limit);

    /* TODO 2: Accept dies of EMFILE, and of EINTR if a handler has no SA_RESTART. Call accept, and look at errno. */
    int connfd = Accept(listenfd); /* probably blocks */

    count(+1); /* the slot is taken before fork: the child may end before fork returns here */
    /* TODO 3: Fork dies of EAGAIN. The server must not; and what is to become of connfd, and of the slot? */
    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates */
    }
    Close(connfd); /* parent closes connected socket */
  }
}
