#include "unp.h"

void err_sys(const char *message) {
  fprintf(stderr, "%s: %s\n", message, strerror(errno));
  exit(1);
}

void err_quit(const char *message) {
  fprintf(stderr, "%s\n", message);
  exit(1);
}

int Listening(int port) {
  int listenfd = socket(AF_INET, SOCK_STREAM, 0);
  if (listenfd < 0) err_sys("socket error");

  int on = 1; /* a server that is started again need not wait for connections of the last one */
  Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);

  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(listenfd, (struct sockaddr *)&address, sizeof address) < 0) err_sys("bind error");
  if (listen(listenfd, LISTENQ) < 0) err_sys("listen error");
  return listenfd;
}

int Accept(int listenfd) {
  int connfd = accept(listenfd, NULL, NULL);
  if (connfd < 0) err_sys("accept error");
  return connfd;
}

void Close(int fd) {
  if (close(fd) < 0) err_sys("close error");
}

pid_t Fork(void) {
  pid_t pid = fork();
  if (pid < 0) err_sys("fork error");
  return pid;
}

int Poll(struct pollfd *fds, nfds_t count, int milliseconds) {
  int ready = poll(fds, count, milliseconds);
  if (ready < 0) err_sys("poll error");
  return ready;
}

ssize_t Read(int fd, void *buffer, size_t size) {
  ssize_t n = read(fd, buffer, size);
  if (n < 0) err_sys("read error");
  return n;
}

ssize_t Readline(int fd, char *line, size_t size) {
  size_t n = 0;
  while (n + 1 < size) {
    ssize_t got = read(fd, line + n, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) err_sys("readline error");
    if (got == 0) break;
    if (line[n++] == '\n') break;
  }
  line[n] = '\0';
  return (ssize_t)n;
}

void Setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  if (setsockopt(fd, level, name, value, size) < 0) err_sys("setsockopt error");
}

void Sigaction(int signo, const struct sigaction *action) {
  if (sigaction(signo, action, NULL) < 0) err_sys("sigaction error");
}

void Signal(int signo, Sigfunc *handler) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  Sigaction(signo, &action);
}

pid_t Waitpid(pid_t pid, int *status, int options) {
  pid_t child = waitpid(pid, status, options);
  if (child < 0) err_sys("waitpid error");
  return child;
}

void Writen(int fd, const void *buffer, size_t size) {
  const char *from = buffer;
  while (size > 0) {
    ssize_t n = write(fd, from, size);
    if (n < 0 && errno == EINTR) continue; /* a signal came before the first byte was written */
    if (n < 0) err_sys("write error");
    from += n;
    size -= (size_t)n;
  }
}

void str_echo(int connfd) {
  char buffer[MAXLINE];
  for (;;) {
    ssize_t n = read(connfd, buffer, sizeof buffer);
    if (n == 0) return; /* the client has closed its end */
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) err_sys("str_echo: read error");
    Writen(connfd, buffer, (size_t)n);
  }
}
