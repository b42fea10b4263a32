/* waitid in a handler that is told of the child, on a stack of its own; and accept in a loop of its own. */
#include "unp.h"

static void sig_chld(int signo, siginfo_t *info, void *context) {
  (void)signo, (void)context;
  int saved = errno;
  for (;;) {
    info->si_pid = 0;
    if (waitid(P_ALL, 0, info, WEXITED | WNOHANG) < 0 || info->si_pid == 0) break;
    dprintf(1, "child %d terminated\n", (int)info->si_pid);
  }
  errno = saved;
}

int main(int argc, char **argv) {
  static char stack[1 << 16];
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  sigaction(SIGCHLD, &(struct sigaction){.sa_sigaction = sig_chld, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NOCLDSTOP}, NULL);
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
next:;
  int connfd = accept(listenfd, NULL, NULL);
  if (connfd < 0) goto next;
  if (Fork() == 0) {
    Close(listenfd);
    str_echo(connfd);
    quick_exit(0);
  }
  Close(connfd);
  goto next;
}
