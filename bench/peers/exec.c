// A concurrent server that runs cat for each connection, as inetd does.
//
//   exec fork|vfork LIMIT
//
// Prints "listening PORT" once clients can connect. Ends itself after LIMIT seconds. vfork copies no memory: the parent waits,
// without its own, until the child has become cat.
#define _GNU_SOURCE /* accept4 */
#include <fcntl.h>

#include "echo.h"
#include "reap.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int copies = strcmp(argv[1], "fork") == 0;
  alarm(atoi(argv[2]));
  reap_children();

  const int listenfd = listen_on_loopback();
  if (fcntl(listenfd, F_SETFD, FD_CLOEXEC) == -1) die("fcntl");
  for (;;) {
    const int connfd = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    if (connfd == -1) die("accept");
    const pid_t pid = copies ? fork() : vfork();
    if (pid == -1) die("fork");
    if (pid == 0) {
      dup2(connfd, STDIN_FILENO);
      dup2(connfd, STDOUT_FILENO);
      execl("/bin/cat", "cat", (char*)NULL);
      _exit(127);
    }
    close(connfd);
  }
}
