/*
 * Figure 4.13 of UNP in C, with a handler for SIGCHLD: accept fails with EINTR when a child ends, unless SA_RESTART is asked for.
 *
 * Usage: figure-4.13 [restart]
 * Prints the port that it listens on. Ends when its second client is served, with status 7.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t reaped;

static void sig_chld(int signo) {
  int saved = errno;
  int status;
  (void)signo;
  while (waitpid(-1, &status, WNOHANG) > 0) ++reaped;
  errno = saved;
}

static void echo(int connfd) {
  char buffer[4096];
  ssize_t n;
  while ((n = read(connfd, buffer, sizeof buffer)) > 0)
    if (write(connfd, buffer, (size_t)n) != n) exit(1);
}

int main(int argc, char **argv) {
  (void)argv;
  struct sigaction action = {.sa_handler = sig_chld, .sa_flags = argc > 1 ? SA_RESTART : 0};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listenfd = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listenfd, (struct sockaddr *)&address, length) == -1) return 1;
  if (listen(listenfd, 5) == -1 || sigaction(SIGCHLD, &action, NULL) == -1) return 1;
  if (getsockname(listenfd, (struct sockaddr *)&address, &length) == -1) return 1;
  dprintf(STDOUT_FILENO, "%d\n", ntohs(address.sin_port));

  for (int served = 0; served < 2;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd == -1) {
      if (errno == EINTR) continue;
      return 1;
    }
    if (fork() == 0) {
      close(listenfd);
      echo(connfd);
      exit(0);
    }
    close(connfd);
    ++served;
  }
  while (reaped < 2) pause();
  return 7;
}
