/*
 * Lab 08, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     ./faulty PORT        for example 9877
 *
 * Its clients see the end of the file, and are content. Look at its descriptors after ten of them (`ls -l /proc/PID/fd`), and
 * draw the reference counts of UNP 4.8 for a connection: who has closed, and who has only shut down?
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
      Close(listenfd);             /* child closes listening socket */
      str_echo(connfd);            /* process the request */
      shutdown(connfd, SHUT_RDWR); /* the client is to see the end of the file */
      exit(0);                     /* child terminates */
    }
  }
}
