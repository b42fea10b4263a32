// A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
//
//   server LIMIT
//
// Prints "listening PORT" once clients can connect. Ends itself after LIMIT seconds. The same
// program as server.py and server.ts.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTENQ 1024
#define MAXLINE 4096

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void sig_chld(int signo) {
  (void)signo;
  const int saved_errno = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  errno = saved_errno;
}

static void str_echo(int sockfd) {
  char buf[MAXLINE];
  for (;;) {
    ssize_t n = read(sockfd, buf, sizeof buf);
    if (n == 0) return;
    if (n == -1 && errno == EINTR) continue;
    if (n == -1) die("read");
    for (char* left = buf; n > 0;) {
      const ssize_t written = write(sockfd, left, n);
      if (written == -1 && errno == EINTR) continue;
      if (written == -1) die("write");
      left += written;
      n -= written;
    }
  }
}

static int listen_on_loopback(void) {
  const int listenfd = socket(AF_INET, SOCK_STREAM, 0);
  if (listenfd == -1) die("socket");
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listenfd, (struct sockaddr*)&address, sizeof address) == -1) die("bind");
  if (listen(listenfd, LISTENQ) == -1) die("listen");
  socklen_t length = sizeof address;
  if (getsockname(listenfd, (struct sockaddr*)&address, &length) == -1) die("getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listenfd;
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
