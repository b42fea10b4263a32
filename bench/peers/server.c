// A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
//
//   server LIMIT
//
// Prints "listening PORT" once clients can connect. Ends itself after LIMIT seconds. The same
// program as server.py and server.ts.
#include <signal.h>
#include <sys/wait.h>

#include "echo.h"

static void sig_chld(int signo) {
  (void)signo;
  const int saved_errno = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  errno = saved_errno;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  alarm(atoi(argv[1]));

  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = sig_chld;
  action.sa_flags = SA_RESTART;
  if (sigaction(SIGCHLD, &action, NULL) == -1) die("sigaction");

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
      exit(0);
    }
    close(connfd);
  }
}
