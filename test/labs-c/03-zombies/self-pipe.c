/* The handler writes a byte to a pipe, which select has beside the listening socket. Bernstein's self-pipe trick */
#include <fcntl.h>
#include <sys/select.h>
#include "unp.h"

static int pipefd[2];

static void sig_chld(int signo) {
  int saved = errno;
  char c = (char)signo;
  if (write(pipefd[1], &c, 1) < 0) c = 0; /* it is full: that is word enough */
  errno = saved;
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  if (pipe(pipefd) < 0) err_sys("pipe error");
  fcntl(pipefd[0], F_SETFL, O_NONBLOCK);
  fcntl(pipefd[1], F_SETFL, O_NONBLOCK);
  Signal(SIGCHLD, sig_chld);
  for (char bytes[64];;) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(listenfd, &set);
    FD_SET(pipefd[0], &set);
    if (select(pipefd[0] + 1, &set, NULL, NULL, NULL) < 0) continue;
    while (read(pipefd[0], bytes, sizeof bytes) > 0) continue;
    for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) dprintf(1, "child %d terminated\n", (int)child);
    if (!FD_ISSET(listenfd, &set)) continue;
    int connfd = Accept(listenfd);
    if (Fork() == 0) {
      Close(listenfd);
      Close(pipefd[0]);
      Close(pipefd[1]);
      str_echo(connfd);
      exit(0);
    }
    Close(connfd);
  }
}
