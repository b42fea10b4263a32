/*
 * Lab 01, reference solution: an iterative server that no single client can hold up for long.
 *
 *     ./server PORT SECONDS
 */
#include "unp.h"

/* As much as the kernel takes at a time. Returns 0 if the client is gone. */
static int write_all(int connfd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t n = write(connfd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return 0;
    data += n;
    size -= (size_t)n;
  }
  return 1;
}

/* Until the client leaves, breaks off, or is silent for too long. */
static void echo(int connfd) {
  char buffer[MAXLINE];
  for (;;) {
    ssize_t n = read(connfd, buffer, sizeof buffer);
    if (n == 0) return; /* it has closed its end */
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return; /* EAGAIN: silent; ECONNRESET: broken off */
    if (!write_all(connfd, buffer, (size_t)n)) return;
  }
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  int seconds = argc > 2 ? atoi(argv[2]) : 5;

  Signal(SIGPIPE, SIG_IGN); /* write says it as well: EPIPE */
  int listenfd = Listening(port);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */
    struct timeval limit = {.tv_sec = seconds};
    Setsockopt(connfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    echo(connfd);
    Close(connfd);
  }
}
