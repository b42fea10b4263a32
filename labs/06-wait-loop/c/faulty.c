/*
 * Lab 06, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     ./faulty PORT        for example 9877
 *
 * Five clients leave together, and there is no zombie. Connect with two, let one leave, and connect with a third. What is
 * the server doing (`realfork watch PID`), and what is it waiting for?
 */
#include "unp.h"

/* Takes all children. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, 0) > 0) continue;
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
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
