/* SIGCHLD is read from a descriptor; at the limit poll is given no listening socket: a descriptor below 0 it passes over. */
#define _GNU_SOURCE
#include <sys/signalfd.h>
#include "unp.h"

int main(int argc, char **argv) {
  int left = atoi(argv[argc - 1]), listenfd = Listening(atoi(argv[1])), milliseconds = -1;
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, NULL);
  struct pollfd two[] = {{.fd = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC), .events = POLLIN}, {.events = POLLIN}};
  for (;;) {
    two[1].fd = left > 0 && milliseconds < 0 ? listenfd : -1;
    two[1].revents = 0;
    Poll(two, 2, milliseconds);
    milliseconds = -1;
    for (struct signalfd_siginfo info; read(two[0].fd, &info, sizeof info) > 0;) continue;
    while (waitpid(-1, NULL, WNOHANG) > 0) ++left;
    if (two[1].revents == 0) continue;
    int connfd = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    if (connfd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (connfd < 0) {
      perror("accept4");
      milliseconds = 100;
      continue;
    }
    switch (fork()) {
      case -1:
        perror("fork");
        break;
      case 0:
        sigprocmask(SIG_UNBLOCK, &chld, NULL);
        Close(listenfd);
        Close(two[0].fd);
        str_echo(connfd);
        return 0;
      default:
        --left;
    }
    Close(connfd);
  }
}
