/* SIGCHLD comes in pselect alone; at the limit, and while there is no descriptor, it looks at no socket. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/select.h>
#include "unp.h"

static void nothing(int signo) { (void)signo; }

int main(int argc, char **argv) {
  int limit = atoi(argv[argc - 1]), children = 0, must_wait = 0, listenfd = Listening(atoi(argv[1]));
  sigset_t chld, before;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, &before);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = nothing}, NULL);
  fcntl(listenfd, F_SETFL, O_NONBLOCK); /* who has connected may have gone when accept is called */
  for (;;) {
    fd_set readable;
    FD_ZERO(&readable);
    if (children < limit && !must_wait) FD_SET(listenfd, &readable);
    int ready = pselect(listenfd + 1, &readable, NULL, NULL, must_wait ? &(struct timespec){.tv_nsec = 100000000} : NULL, &before);
    must_wait = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0) --children;
    if (ready < 1) continue;
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) {
      must_wait = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      continue;
    }
    pid_t child = fork();
    if (child == 0) {
      sigprocmask(SIG_SETMASK, &before, NULL);
      Close(listenfd);
      str_echo(connfd);
      exit(0);
    }
    if (child < 0) perror("fork");
    else ++children;
    Close(connfd);
  }
}
