/*
 * The child keeps what it has inherited. Its commands tell of their end by no signal at all, and so nobody throws their status
 * away: that is done for those who tell by SIGCHLD. clone(2), waitpid(2): __WCLONE
 */
#define _GNU_SOURCE
#include <sched.h>
#include "unp.h"

static int command(void *status) { return *(int *)status; }

static void serve(int connfd) {
  static char stack[1 << 16] __attribute__((aligned(16)));
  char line[MAXLINE];
  while (Readline(connfd, line, sizeof line) > 0) {
    int status = atoi(line), how;
    pid_t pid = clone(command, stack + sizeof stack, 0, &status);
    if (pid < 0 || waitpid(pid, &how, __WCLONE) < 0) err_sys("no status");
    dprintf(connfd, "exited %d\n", WEXITSTATUS(how));
  }
}

int main(int argc, char **argv) {
  if (argc != 3) err_quit("PORT HOW");
  if (strcmp(argv[2], "ignore") == 0) signal(SIGCHLD, SIG_IGN);
  else Sigaction(SIGCHLD, &(struct sigaction){.sa_flags = SA_NOCLDWAIT});
  int listenfd = Listening(atoi(argv[1]));
  for (;;) {
    int connfd = Accept(listenfd);
    switch (fork()) {
      case -1: err_sys("fork error");
      case 0: Close(listenfd); serve(connfd); quick_exit(0);
      default: Close(connfd);
    }
  }
}
