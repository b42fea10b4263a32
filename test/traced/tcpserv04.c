/*
 * The TCP echo server of UNP 5.10, in words of our own: a child for each client, and a handler for SIGCHLD that loops over waitpid. What
 * `realfork serve tcpserv04` adds is here too: SO_REUSEADDR, and the question for the address that the socket has got.
 *
 * Usage: tcpserv04 PORT
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

enum { LISTENQ = 1024, MAXLINE = 4096 };

static void err_sys(const char *call) {
  perror(call);
  exit(1);
}

static void sig_chld(int signo) {
  pid_t pid;
  int stat;
  (void)signo;
  while ((pid = waitpid(-1, &stat, WNOHANG)) > 0) dprintf(STDOUT_FILENO, "child %d terminated\n", (int)pid);
}

static void str_echo(int sockfd) {
  char buf[MAXLINE];
  ssize_t n;
  while ((n = read(sockfd, buf, sizeof buf)) != 0) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || write(sockfd, buf, (size_t)n) != n) err_sys("str_echo");
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in servaddr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sigaction action = {.sa_handler = sig_chld, .sa_flags = SA_RESTART};
  socklen_t len = sizeof servaddr;
  int on = 1;
  if (argc != 2) return 2;
  servaddr.sin_port = htons((unsigned short)atoi(argv[1]));

  int listenfd = socket(AF_INET, SOCK_STREAM, 0);
  if (listenfd == -1) err_sys("socket");
  if (setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) err_sys("setsockopt");
  if (bind(listenfd, (struct sockaddr *)&servaddr, len) == -1) err_sys("bind");
  if (listen(listenfd, LISTENQ) == -1) err_sys("listen");
  if (getsockname(listenfd, (struct sockaddr *)&servaddr, &len) == -1) err_sys("getsockname");
  if (sigaction(SIGCHLD, &action, NULL) == -1) err_sys("sigaction");

  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) {
      if (errno == EINTR) continue; /* back to for() */
      err_sys("accept");
    }
    pid_t childpid = fork();
    if (childpid == -1) err_sys("fork");
    if (childpid == 0) {
      close(listenfd); /* close listening socket */
      str_echo(connfd); /* process the request */
      exit(0);
    }
    close(connfd); /* parent closes connected socket */
  }
}
