/* Handlers set flags, and nothing else: they run in ppoll alone, and the loop reaps, reports and stops. */
#define _GNU_SOURCE
#include <fcntl.h>
#include "unp.h"

static volatile sig_atomic_t has_come[NSIG];
static pid_t children[FD_SETSIZE];
static int count, logfd;

static void note(int signo) { has_come[signo] = 1; }

static int take(int signo) {
  int had = has_come[signo];
  has_come[signo] = 0;
  return had;
}

static void reap(void) {
  for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) {
    int at = 0;
    while (children[at] != child) ++at;
    children[at] = children[--count];
    dprintf(logfd, "ended %d\n", (int)child);
  }
}

static void report(void) {
  dprintf(logfd, "report: %d children\n", count);
  for (int i = 0; i < count; ++i) dprintf(logfd, "report: %d\n", (int)children[i]);
  dprintf(logfd, "report: end\n");
}

int main(int argc, char **argv) {
  static const int ours[] = {SIGCHLD, SIGUSR1, SIGHUP, SIGTERM};
  sigset_t set, before;
  sigemptyset(&set);
  for (int i = 0; i < 4; ++i) sigaddset(&set, ours[i]);
  sigprocmask(SIG_BLOCK, &set, &before);
  for (int i = 0; i < 4; ++i) signal(ours[i], note);
  logfd = open(argv[2], O_WRONLY);
  struct pollfd one = {.fd = Listening(atoi(argv[argc - 2])), .events = POLLIN};
  for (;;) {
    if (take(SIGCHLD)) reap();
    if (take(SIGUSR1)) report();
    if (take(SIGTERM)) break;
    dprintf(logfd, "waiting: %d children\n", count);
    if (ppoll(&one, 1, NULL, &before) < 0) {
      int why = errno;
      dprintf(logfd, "poll was interrupted\n");
      if (why == EINTR) continue;
      err_quit(strerror(why));
    }
    int connfd = Accept(one.fd);
    pid_t child = Fork();
    if (child == 0) {
      for (int i = 0; i < 4; ++i) signal(ours[i], SIG_DFL);
      sigprocmask(SIG_SETMASK, &before, NULL);
      Close(one.fd);
      str_echo(connfd);
      _exit(0);
    }
    children[count++] = child;
    Close(connfd);
  }
  dprintf(logfd, "stopped\n");
  return 0;
}
