/* No handler at all: the signals are blocked, and read from a descriptor. stdio for the log, in a line each. signalfd(2) */
#include <sys/signalfd.h>
#include "unp.h"

static pid_t children[FD_SETSIZE];
static int count;
static FILE *logfile;

static void reap(void) {
  for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) {
    for (int i = 0; i < count; ++i)
      if (children[i] == child) children[i--] = children[--count];
    fprintf(logfile, "ended %d\n", (int)child);
  }
}

static void report(void) {
  fprintf(logfile, "report: %d children\n", count);
  for (int i = 0; i < count; ++i) fprintf(logfile, "report: %d\n", (int)children[i]);
  fprintf(logfile, "report: end\n");
}

int main(int argc, char **argv) {
  logfile = fopen(argv[argc - 1], "w");
  setvbuf(logfile, NULL, _IOLBF, 0);
  sigset_t set;
  sigemptyset(&set);
  for (const int *signo = (const int[]){SIGCHLD, SIGUSR1, SIGHUP, SIGTERM, 0}; *signo != 0; ++signo) sigaddset(&set, *signo);
  sigprocmask(SIG_BLOCK, &set, NULL);
  struct pollfd two[] = {{.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN}, {.events = POLLIN}};
  two[1].fd = Listening(atoi(argv[1]));
  fprintf(logfile, "waiting: 0 children\n");
  for (;;) {
    Poll(two, 2, -1);
    if (two[0].revents != 0) {
      struct signalfd_siginfo info;
      Read(two[0].fd, &info, sizeof info);
      if (info.ssi_signo == SIGCHLD) reap();
      if (info.ssi_signo == SIGUSR1) report();
      if (info.ssi_signo == SIGTERM) break;
      continue;
    }
    int connfd = Accept(two[1].fd);
    pid_t child = Fork();
    if (child == 0) {
      sigprocmask(SIG_UNBLOCK, &set, NULL);
      for (int i = 0; i < 2; ++i) Close(two[i].fd);
      str_echo(connfd);
      _exit(0);
    }
    children[count++] = child;
    Close(connfd);
    fprintf(logfile, "waiting: %d children\n", count);
  }
  fprintf(logfile, "stopped\n");
  return 0;
}
