/*
 * Lab 08: descriptor leaks, connfd and listenfd.
 *
 *     ./leaks PORT        for example 9877
 *
 * A server with a child for each client, in which nobody closes what fork has doubled. Clients are served, and never
 * see the end of the file; and the server has a descriptor more for each of them. The TODOs say where.
 */
#include "unp.h"

/* UNP Figure 5.11. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  errno = saved;
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  Signal(SIGCHLD, sig_chld); /* with SA_RESTART */
  fprintf(stderr, "pid %d\n", (int)getpid());

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    if (Fork() == 0) {
      /* TODO 1: which descriptor does the child have no use for? And what if it keeps it, and the server ends? */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates: the kernel closes what it has left open */
    }

    /* TODO 2: which one does the parent have no use for? */
  }
}
