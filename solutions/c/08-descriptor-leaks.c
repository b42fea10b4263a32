/*
 * Lab 08, a solution: each process closes what it has no use for. UNP Figure 4.13.
 *
 *     ./leaks PORT
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
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates: the kernel closes what it has left open */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
