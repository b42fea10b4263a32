/* The server is in epoll_wait, and takes any error for its end. The child reads with stdio, and its commands are made by vfork. */
#include <sys/epoll.h>
#include "unp.h"

static void serve(int connfd) {
  FILE *in = fdopen(connfd, "r");
  int out = dup(connfd);
  for (int status, how; fscanf(in, "%d", &status) == 1;) {
    pid_t pid = vfork();
    if (pid == 0) _exit(status);
    if (waitpid(pid, &how, 0) == pid && WIFEXITED(how)) dprintf(out, "exited %d\n", WEXITSTATUS(how));
  }
}

int main(int argc, char **argv) {
  (void)argc;
  struct sigaction before;
  struct sigaction none = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT | SA_NOCLDSTOP | SA_RESTART};
  if (argv[2][0] == 'i') none = (struct sigaction){.sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &none, &before);
  int listenfd = Listening(atoi(argv[1]));
  int epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epfd, EPOLL_CTL_ADD, listenfd, &event);
  for (;;) {
    if (epoll_wait(epfd, &event, 1, -1) < 0) err_sys("epoll_wait error");
    int connfd = Accept(listenfd);
    if (Fork() == 0) {
      Close(epfd);
      Close(listenfd);
      sigaction(SIGCHLD, &before, NULL);
      serve(connfd);
      _exit(0);
    }
    Close(connfd);
  }
}
