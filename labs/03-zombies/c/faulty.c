/*
 * Lab 03: DELIBERATELY FAULTY, to diagnose. It leaves no zombie. What does it do to its second client?
 *
 *     ./faulty PORT
 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  for (;;) {
    int connfd = Accept(listenfd);

    pid_t pid = Fork();
    if (pid == 0) {
      Close(listenfd);
      str_echo(connfd);
      exit(0);
    }

    Close(connfd);
    Waitpid(pid, NULL, 0);
    printf("child %d terminated\n", (int)pid);
    fflush(stdout); /* else it is in a buffer, of which the next child has a copy */
  }
}
