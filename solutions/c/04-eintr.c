/*
 * Lab 04, a solution: accept fails with EINTR, and is called again, by the program or by the kernel.
 *
 *     ./eintr PORT CURE        CURE: retry or restart
 */
#include "unp.h"

/* UNP Figure 5.11: waits for all children that have ended. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  errno = saved;
}

/* Cure 1: accept, again after EINTR. UNP Figure 5.12. With cure 2 it never comes round, as the kernel calls it again. */
static int accept_client(int listenfd) {
  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd >= 0) return connfd;
    if (errno != EINTR) err_sys("accept error");
  }
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  const char *cure = argc > 2 ? argv[2] : "retry";

  struct sigaction action = {.sa_handler = sig_chld, .sa_flags = strcmp(cure, "restart") == 0 ? SA_RESTART : 0};
  Sigaction(SIGCHLD, &action);

  int listenfd = Listening(port);
  fprintf(stderr, "pid %d, cure: %s\n", (int)getpid(), cure);

  for (;;) {
    int connfd = accept_client(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      Close(connfd);    /* done with this client */
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
