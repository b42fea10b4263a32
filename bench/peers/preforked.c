// A preforked echo server without a lock around accept: Stevens, UNP Figures 30.9 to 30.12.
//
//   preforked CHILDREN LIMIT
//
// Prints "listening PORT" once clients can connect. Each process ends itself after LIMIT seconds.
#include "echo.h"

static void child_main(int listenfd) {
  for (;;) {
    const int connfd = accept(listenfd, NULL, NULL);
    if (connfd == -1) die("accept");
    str_echo(connfd);
    close(connfd);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int children = atoi(argv[1]);
  const int limit = atoi(argv[2]);
  const int listenfd = listen_on_loopback();
  for (int i = 0; i < children; ++i) {
    const pid_t pid = fork();
    if (pid == -1) die("fork");
    if (pid == 0) {
      alarm(limit);
      child_main(listenfd);
    }
  }
  alarm(limit);
  for (;;) pause();
}
