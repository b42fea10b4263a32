// A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
//
//   server LIMIT
//
// Prints "listening PORT" once clients can connect. Ends itself after LIMIT seconds. The same
// program as server.py and server.ts. A child ends by _exit, as in every language that has it: it is
// the cheaper one, and nothing is left to be written. PHP has exit alone.
#include "echo.h"
#include "reap.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  alarm(atoi(argv[1]));
  reap_children();

  const int listenfd = listen_on_loopback();
  for (;;) {
    const int connfd = accept(listenfd, NULL, NULL);
    if (connfd == -1) die("accept");
    const pid_t pid = fork();
    if (pid == -1) die("fork");
    if (pid == 0) {
      close(listenfd);
      str_echo(connfd);
      close(connfd);
      _exit(0);
    }
    close(connfd);
  }
}
