/*
 * Lab 04, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     ./faulty PORT CURE        for example 9877 retry
 *
 * Clients come and go, and it lives. What is wrong shows when accept fails of something else: take its descriptors
 * away (`prlimit --pid PID --nofile=4:`), connect, and look at `top`. Which line is it, and what should it say?
 */
#include "unp.h"

/* UNP Figure 5.11: waits for all children that have ended. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  errno = saved;
}

/* Cure 1: accept, until it gives a connection. */
static int accept_again(int listenfd) {
  int connfd;
  while ((connfd = accept(listenfd, NULL, NULL)) < 0) continue;
  return connfd;
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  const char *cure = argc > 2 ? argv[2] : "retry";
  int is_restart = strcmp(cure, "restart") == 0;

  struct sigaction action = {.sa_handler = sig_chld, .sa_flags = is_restart ? SA_RESTART : 0};
  Sigaction(SIGCHLD, &action);

  int listenfd = Listening(port);
  fprintf(stderr, "pid %d, cure: %s\n", (int)getpid(), cure);

  for (;;) {
    int connfd = is_restart ? Accept(listenfd) : accept_again(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      Close(connfd);    /* done with this client */
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
