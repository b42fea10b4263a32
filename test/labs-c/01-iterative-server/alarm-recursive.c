/* Silence is ended by a timer whose handler has no SA_RESTART; and the next client is served by recursion. */
#include "unp.h"

static int listenfd, seconds;

static void nothing(int signo) { (void)signo; }

static void serve(int connfd) {
  char c;
  struct itimerval limit = {.it_value = {.tv_sec = seconds}, .it_interval = {.tv_usec = 20000}};
  setitimer(ITIMER_REAL, &limit, NULL);
  ssize_t n = read(connfd, &c, 1);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  if (n == 1 && write(connfd, &c, 1) == 1) return serve(connfd);
  close(connfd);
  do connfd = accept(listenfd, NULL, NULL);
  while (connfd < 0);
  serve(connfd);
}

int main(int argc, char **argv) {
  (void)argc;
  listenfd = Listening(atoi(argv[1]));
  seconds = atoi(argv[2]);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
  sigaction(SIGPIPE, &(struct sigaction){.sa_handler = nothing}, NULL);
  serve(Accept(listenfd));
}
