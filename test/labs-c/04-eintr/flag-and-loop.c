/* retry: the handler only notes, and the loop reaps when accept was interrupted. restart: the handler is told whom to reap. */
#include "unp.h"

static volatile sig_atomic_t has_ended;

static void note(int signo) { has_ended = signo; }

static void reap(int signo, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  while (waitid(P_ALL, 0, info, WEXITED | WNOHANG) == 0 && info->si_pid > 0) info->si_pid = 0;
  errno = saved;
  has_ended = 0 * signo;
}

int main(int argc, char **argv) {
  (void)argc;
  struct sigaction action = {.sa_handler = note};
  if (argv[2][2] == 's') action = (struct sigaction){.sa_sigaction = reap, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
  sigfillset(&action.sa_mask);
  Sigaction(SIGCHLD, &action);
  int listenfd = Listening(atoi(argv[1]));
  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    int why = errno;
    while (has_ended && waitpid(-1, NULL, WNOHANG) > 0) continue;
    if (connfd < 0 && why == EINTR) continue;
    errno = why;
    if (connfd < 0) err_sys("accept error");
    switch (fork()) {
      case -1:
        err_sys("fork error");
      case 0:
        Close(listenfd);
        str_echo(connfd);
        return 0;
      default:
        Close(connfd);
    }
  }
}
