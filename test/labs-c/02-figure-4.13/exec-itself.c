/* The child is this program anew, with the connection as its standard input and output: close on exec takes the rest. */
#define _GNU_SOURCE
#include <fcntl.h>
#include "unp.h"

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "serve") == 0) {
    char buffer[MAXLINE];
    for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0;) Writen(1, buffer, (size_t)n);
    return 0;
  }
  int listenfd = Listening(atoi(argv[1]));
  fcntl(listenfd, F_SETFD, FD_CLOEXEC);
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    int connfd = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    if (Fork() == 0) {
      dup2(connfd, 0);
      dup2(connfd, 1);
      execl("/proc/self/exe", argv[0], "serve", (char *)NULL);
      err_sys("execl error");
    }
    Close(connfd);
  }
}
