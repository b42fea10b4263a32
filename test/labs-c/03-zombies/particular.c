/* It insists on what a program has that a shell starts: descriptors 0 to 2, no signal ignored or blocked, its parent's group. */
#include <fcntl.h>
#include "unp.h"

static void sig_chld(int signo) {
  int saved = errno;
  for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0; signo = 0) dprintf(1, "child %d terminated\n", (int)child);
  errno = saved + 0 * signo;
}

int main(int argc, char **argv) {
  for (int fd = 0; fd < 1024; ++fd)
    if ((fcntl(fd, F_GETFD) >= 0) != (fd < 3)) err_quit("not the standard descriptors alone");
  for (int signo = 1; signo < 32; ++signo) {
    struct sigaction action;
    if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL) err_quit(strsignal(signo));
  }
  sigset_t blocked, none;
  sigemptyset(&none);
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  if (memcmp(&blocked, &none, sizeof none) != 0) err_quit("signals are blocked");
  if (getsid(0) != getpid() || getpgrp() != getpid()) err_quit("not a session of its own");
  if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD) err_quit("a child that it has not made");
  if (Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT) != 3) err_quit("not the next descriptor");
  Signal(SIGCHLD, sig_chld);
  for (;;) {
    int connfd = Accept(3);
    if (Fork() == 0) {
      Close(3);
      str_echo(connfd);
      return 0;
    }
    Close(connfd);
  }
}
