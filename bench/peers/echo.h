// What the echo servers in C have in common.
#ifndef ECHO_H
#define ECHO_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENQ 1024
#define MAXLINE 4096

static void die(const char* what) {
  perror(what);
  exit(1);
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

#endif
