/*
 * Lab 03, reference solution: children are reaped in a handler of SIGCHLD.
 *
 *     ./server PORT
 */
#include "unp.h"

/* Figure 5.11: all that have ended, however many signals they were. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  pid_t pid;
  while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
    char line[64];
    int size = snprintf(line, sizeof line, "child %d terminated\n", (int)pid);
    Writen(STDOUT_FILENO, line, (size_t)size);
  }
  errno = saved;
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  Signal(SIGCHLD, sig_chld); /* with SA_RESTART: accept goes on */

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
