/* Each handler writes its signal to a pipe, and all is done where that is read; the log is several writes in one: writev. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include "unp.h"

static int waker;
static pid_t children[FD_SETSIZE];
static int count, logfd;

static void pass_on(int signo) {
  int saved = errno;
  char byte = (char)signo;
  (void)!write(waker, &byte, 1);
  errno = saved;
}

static void say(const char *what, int number, const char *rest) {
  char digits[12];
  struct iovec line[] = {{(void *)what, strlen(what)}, {digits, 0}, {(void *)rest, strlen(rest)}};
  if (number >= 0) line[1].iov_len = (size_t)sprintf(digits, "%d", number);
  while (writev(logfd, line, 3) < 0 && errno == EINTR) continue;
}

static void act(int signo) {
  switch (signo) {
    case SIGCHLD:
      for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0; say("ended ", child, "\n"))
        for (int i = 0; i < count; ++i)
          if (children[i] == child) children[i--] = children[--count];
      return;
    case SIGUSR1:
      say("report: ", count, " children\n");
      for (int i = 0; i < count; ++i) say("report: ", children[i], "\n");
      say("report: end", -1, "\n");
      return;
    case SIGTERM:
      say("stopped", -1, "\n");
      exit(0);
  }
}

static void add(int epfd, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) < 0) err_sys("epoll_ctl error");
}

int main(int argc, char **argv) {
  logfd = open(argv[argc - 1], O_WRONLY);
  int ends[2], epfd = epoll_create1(EPOLL_CLOEXEC), listenfd = Listening(atoi(argv[1]));
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) err_sys("pipe2 error");
  waker = ends[1];
  add(epfd, ends[0]);
  add(epfd, listenfd);
  static const int ours[] = {SIGCHLD, SIGUSR1, SIGHUP, SIGTERM};
  for (int i = 0; i < 4; ++i) Signal(ours[i], pass_on);
  for (;;) {
    say("waiting: ", count, " children\n");
    struct epoll_event event;
    int ready = epoll_wait(epfd, &event, 1, -1);
    if (ready < 0) say("poll was interrupted", -1, "\n");
    char signals[64];
    ssize_t n = read(ends[0], signals, sizeof signals);
    for (ssize_t i = 0; i < n; ++i) act(signals[i]);
    if (ready < 1 || event.data.fd != listenfd) continue;
    int connfd = Accept(listenfd);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = Fork();
    if (child == 0) {
      for (int i = 0; i < 4; ++i) Signal(ours[i], SIG_DFL);
      sigprocmask(SIG_SETMASK, &before, NULL);
      for (const int *fd = (const int[]){listenfd, epfd, waker, ends[0], 0}; *fd != 0; ++fd) Close(*fd);
      str_echo(connfd);
      _exit(0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    children[count++] = child;
    Close(connfd);
  }
}
