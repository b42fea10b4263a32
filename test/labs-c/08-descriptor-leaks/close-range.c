/* The child closes all but the connection, whatever there is. A descriptor for each child tells the server of its end. pidfd_open(2) */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include "unp.h"

#define MOST 64

static void close_from_to(unsigned first, unsigned last) {
  if (first <= last && syscall(SYS_close_range, first, last, 0) < 0) err_sys("close_range error");
}

int main(int argc, char **argv) {
  struct pollfd all[1 + MOST] = {{.fd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT), .events = POLLIN}};
  for (nfds_t count = 1;;) {
    Poll(all, count, -1);
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    for (nfds_t i = count - 1; i > 0; --i) {
      if (all[i].revents == 0) continue;
      Close(all[i].fd);
      all[i] = all[--count];
    }
    if (all[0].revents == 0 || count > MOST) continue;
    int connfd = Accept(all[0].fd);
    pid_t pid = Fork();
    if (pid == 0) {
      close_from_to(0, (unsigned)connfd - 1);
      close_from_to((unsigned)connfd + 1, ~0U);
      str_echo(connfd);
      _exit(0);
    }
    all[count++] = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    Close(connfd);
  }
}
