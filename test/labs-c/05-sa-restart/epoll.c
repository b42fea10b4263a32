/* epoll_wait in the child; SIGTERM without SA_RESTART, whose handler ends the server itself. */
#include <sys/epoll.h>
#include "unp.h"

static void reap(int signo) {
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) signo = 0;
  errno = saved;
}
static void well(int signo) { (void)!write(2, "well\n", 4 + (signo > 0)); }
static void stop(int signo) { _exit(signo - SIGTERM); }

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void serve(int connfd, int seconds) {
  int epfd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epfd, EPOLL_CTL_ADD, connfd, &event);
  char buffer[MAXLINE];
  for (long long deadline = now() + seconds * 1000LL;;) {
    long long left = deadline - now();
    int ready = epoll_wait(epfd, &event, 1, left > 0 ? (int)left : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 1) return;
    ssize_t n = read(connfd, buffer, sizeof buffer);
    if (n <= 0) return;
    Writen(connfd, buffer, (size_t)n);
    deadline = now() + seconds * 1000LL;
  }
}

int main(int argc, char **argv) {
  (void)argc;
  Signal(SIGCHLD, reap);
  Signal(SIGUSR1, well);
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
  int listenfd = Listening(atoi(argv[1]));
  struct timeval limit = {.tv_sec = atoi(argv[2])};
  Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (connfd < 0) err_sys("accept error");
    if (Fork() == 0) {
      Signal(SIGTERM, SIG_DFL);
      Close(listenfd);
      serve(connfd, atoi(argv[2]));
      _exit(0);
    }
    Close(connfd);
  }
}
