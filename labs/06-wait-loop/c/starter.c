/*
 * Lab 06: wait once against the waitpid loop.
 *
 *     ./reaper PORT        for example 9877
 *
 * tcpserv03 of UNP 5.9: the handler waits for one child. Works for one client; let five leave together, and count the
 * zombies. The TODO says where.
 */
#include "unp.h"

/* UNP Figure 5.7. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  /* TODO: five children that end together are one SIGCHLD. Take all that have ended, and do not wait for those that have not:
     while this handler waits, nobody calls accept. */
  wait(NULL);
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
