/* A thread waits for the signal, and reaps; the other is in accept, undisturbed. sigwaitinfo(2) */
#include <pthread.h>
#include "unp.h"

static sigset_t chld;

static void *reap(void *nothing) {
  for (;;) {
    sigwaitinfo(&chld, NULL);
    for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) dprintf(1, "child %d terminated\n", (int)child);
  }
  return nothing;
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &chld, NULL);
  pthread_t reaper;
  pthread_create(&reaper, NULL, reap, NULL);
  for (;;) {
    int connfd = Accept(listenfd);
    if (Fork() == 0) {
      pthread_sigmask(SIG_UNBLOCK, &chld, NULL);
      Close(listenfd);
      str_echo(connfd);
      _exit(0);
    }
    Close(connfd);
  }
}
