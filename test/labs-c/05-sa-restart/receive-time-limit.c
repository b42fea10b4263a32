/* The client's silence is a time limit of the socket, which recv has anew after each signal: for the time that is left. */
#include "unp.h"

static volatile sig_atomic_t is_stopping;

static void reap(int signo) {
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) signo = 0;
  errno = saved;
}
static void nothing(int signo) { (void)signo; }
static void stop(int signo) { is_stopping = signo; }

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* As recv, but 0 also when the time is over. */
static ssize_t receive(int connfd, char *buffer, size_t size, int seconds) {
  for (long long deadline = now() + seconds * 1000000LL;;) {
    long long left = deadline - now();
    if (left <= 0) return 0;
    struct timeval limit = {.tv_sec = left / 1000000, .tv_usec = left % 1000000};
    Setsockopt(connfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ssize_t n = recv(connfd, buffer, size, 0);
    if (n >= 0) return n;
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) err_sys("recv error");
  }
}

int main(int argc, char **argv) {
  (void)argc;
  int seconds = atoi(argv[2]);
  Signal(SIGCHLD, reap);
  Signal(SIGUSR1, nothing);
  Signal(SIGTERM, stop);
  int listenfd = Listening(atoi(argv[1]));
  struct timeval limit = {.tv_sec = seconds};
  Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char buffer[MAXLINE];
  while (!is_stopping) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (connfd < 0) err_sys("accept error");
    if (Fork() == 0) {
      Signal(SIGTERM, SIG_DFL);
      Close(listenfd);
      for (ssize_t n; (n = receive(connfd, buffer, sizeof buffer, seconds)) > 0;) Writen(connfd, buffer, (size_t)n);
      return 0;
    }
    Close(connfd);
  }
  return 0;
}
