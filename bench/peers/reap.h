// What the C servers do about their children: Stevens, UNP Figure 5.11.
#ifndef REAP_H
#define REAP_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static void sig_chld(int signo) {
  (void)signo;
  const int saved_errno = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  errno = saved_errno;
}

static void reap_children(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = sig_chld;
  action.sa_flags = SA_RESTART;
  if (sigaction(SIGCHLD, &action, NULL) == -1) {
    perror("sigaction");
    exit(1);
  }
}

#endif
