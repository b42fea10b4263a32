/* SIGCHLD comes in ppoll alone; its handler does nothing, and the loop reaps. */
#define _GNU_SOURCE
#include "unp.h"

static void nothing(int signo) { (void)signo; }

int main(int argc, char **argv) {
  struct pollfd one = {.fd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT), .events = POLLIN};
  sigset_t chld, before;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, &before);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = nothing}, NULL);
  for (;;) {
    int ready = ppoll(&one, 1, NULL, &before);
    for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) dprintf(1, "child %d terminated\n", (int)child);
    if (ready < 1) continue;
    int connfd = Accept(one.fd);
    if (Fork() == 0) {
      sigprocmask(SIG_SETMASK, &before, NULL);
      Close(one.fd);
      str_echo(connfd);
      exit(0);
    }
    Close(connfd);
  }
}
