/* pselect in the child, with the time that is left in nanoseconds; the server leaves its loop by siglongjmp. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <sys/select.h>
#include "unp.h"

static sigjmp_buf out;
static pid_t server;

static void reap(int signo) {
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) signo = 0;
  errno = saved;
}
static void nothing(int signo) { (void)signo; }
static void stop(int signo) { siglongjmp(out, signo); }

static int is_readable(int fd, int seconds) {
  struct timespec end, t;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  for (;;) {
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long left = (end.tv_sec - t.tv_sec) * 1000000000LL + end.tv_nsec - t.tv_nsec;
    if (left < 0) return 0;
    t = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    int ready = pselect(fd + 1, &set, NULL, NULL, &t, NULL);
    if (ready >= 0) return ready;
    if (errno != EINTR) err_sys("pselect error");
  }
}

int main(int argc, char **argv) {
  (void)argc;
  int seconds = atoi(argv[2]);
  server = getpid();
  Signal(SIGCHLD, reap);
  Signal(SIGUSR1, nothing);
  int listenfd = Listening(atoi(argv[1]));
  struct timeval limit = {.tv_sec = seconds};
  Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (sigsetjmp(out, 1) != 0) return 0;
  Signal(SIGTERM, stop);
  for (char buffer[MAXLINE];;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (connfd < 0) err_sys("accept error");
    if (Fork() == 0) {
      signal(SIGTERM, SIG_DFL);
      Close(listenfd);
      while (is_readable(connfd, seconds)) {
        ssize_t n = Read(connfd, buffer, sizeof buffer);
        if (n == 0) break;
        Writen(connfd, buffer, (size_t)n);
      }
      exit(0);
    }
    Close(connfd);
  }
}
