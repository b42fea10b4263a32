/* Each child has a thread that is blocked in waitpid for it. No signal is looked at. */
#include <pthread.h>
#include <stdint.h>
#include "unp.h"

static void *wait_for(void *which) {
  pid_t child = waitpid((pid_t)(intptr_t)which, NULL, 0);
  dprintf(1, "child %d terminated\n", (int)child);
  return NULL;
}

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  for (;;) {
    int connfd = Accept(listenfd);
    pid_t child = Fork();
    if (child == 0) {
      Close(listenfd);
      str_echo(connfd);
      _exit(0);
    }
    Close(connfd);
    pthread_t waiter;
    if (pthread_create(&waiter, NULL, wait_for, (void *)(intptr_t)child) != 0) err_quit("no thread");
    pthread_detach(waiter);
  }
}
