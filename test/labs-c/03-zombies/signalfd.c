/* SIGCHLD is blocked, and read from a descriptor, which poll has beside the listening socket. signalfd(2) */
#include <sys/signalfd.h>
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, NULL);
  struct pollfd two[] = {{.fd = listenfd, .events = POLLIN}, {.fd = signalfd(-1, &chld, SFD_CLOEXEC), .events = POLLIN}};
  for (;;) {
    Poll(two, 2, -1);
    if (two[1].revents != 0) {
      struct signalfd_siginfo info;
      Read(two[1].fd, &info, sizeof info);
      for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) printf("child %d terminated\n", (int)child);
    }
    if (two[0].revents == 0) continue;
    int connfd = Accept(listenfd);
    if (Fork() == 0) {
      Close(listenfd);
      Close(two[1].fd);
      sigprocmask(SIG_UNBLOCK, &chld, NULL);
      str_echo(connfd);
      _exit(0);
    }
    Close(connfd);
  }
}
