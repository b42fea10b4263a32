/* Silence is found by poll; send with MSG_NOSIGNAL leaves SIGPIPE as it is; and one function does all of it. */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  for (char buffer[100];;) {
    struct pollfd one = {.fd = accept(listenfd, NULL, NULL), .events = POLLIN};
    while (poll(&one, 1, 1000 * atoi(argv[2])) == 1) {
      ssize_t n = recv(one.fd, buffer, sizeof buffer, 0);
      if (n <= 0 || send(one.fd, buffer, (size_t)n, MSG_NOSIGNAL) != n) break;
    }
    shutdown(one.fd, SHUT_RDWR);
    close(one.fd);
  }
}
