/* The slots are a semaphore, which the handler gives back: sem_post is on the list of signal-safety(7). */
#include <semaphore.h>
#include "unp.h"

static sem_t slots;

static void reap(int signo) {
  int saved = errno;
  for (; waitpid(-1, NULL, WNOHANG) > 0; signo = 0) sem_post(&slots);
  errno = saved + 0 * signo;
}

static int is_exhausted(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

static void serve_one(int listenfd) {
  int connfd = accept(listenfd, NULL, NULL);
  pid_t child = connfd < 0 ? -1 : fork();
  if (child == 0) {
    Close(listenfd);
    str_echo(connfd);
    _exit(0);
  }
  int why = errno;
  if (connfd >= 0) Close(connfd);
  if (child > 0) return;
  sem_post(&slots);
  fprintf(stderr, "limits: %s: %s\n", connfd < 0 ? "accept" : "fork", strerror(why));
  if (connfd >= 0 || is_exhausted(why)) usleep(100000);
  else if (why != EINTR && why != ECONNABORTED) exit(1);
}

int main(int argc, char **argv) {
  sem_init(&slots, 0, (unsigned)atoi(argv[argc - 1]));
  int listenfd = Listening(atoi(argv[1]));
  Signal(SIGCHLD, reap);
  for (;;) {
    while (sem_wait(&slots) < 0) continue;
    serve_one(listenfd);
  }
}
