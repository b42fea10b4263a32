/* signal() and siginterrupt() in place of sigaction(); accept4 again by recursion; the loop reaps, and the handler too. */
#define _GNU_SOURCE
#include "unp.h"

static void reap(int signo) {
  int saved = errno;
  while (wait3(NULL, WNOHANG, NULL) > 0) signo = 0;
  errno = saved;
}

static int next(int listenfd) {
  int connfd = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
  if (connfd >= 0) return connfd;
  return errno == EINTR ? next(listenfd) : (err_sys("accept error"), -1);
}

static void serve(int listenfd, int connfd) {
  if (Fork() == 0) {
    Close(listenfd);
    str_echo(connfd);
    _exit(0);
  }
  Close(connfd);
  reap(0);
  serve(listenfd, next(listenfd));
}

int main(int argc, char **argv) {
  (void)argc;
  signal(SIGCHLD, reap);
  siginterrupt(SIGCHLD, strcmp(argv[2], "retry") == 0);
  int listenfd = Listening(atoi(argv[1]));
  serve(listenfd, next(listenfd));
}
