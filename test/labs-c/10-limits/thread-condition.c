/* No signal: a thread waits for children, as long as there are any, and the other for a slot, on a condition. */
#include <pthread.h>
#include "unp.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int children;

static void add(int change) {
  pthread_mutex_lock(&lock);
  children += change;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void wait_while(int most, int least) {
  pthread_mutex_lock(&lock);
  while (children > most || children < least) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void *reap(void *nothing) {
  for (;;) {
    wait_while(1 << 30, 1);
    if (waitpid(-1, NULL, 0) > 0) add(-1);
  }
  return nothing;
}

int main(int argc, char **argv) {
  int limit = atoi(argv[argc - 1]), listenfd = Listening(atoi(argv[1]));
  pthread_t reaper;
  pthread_create(&reaper, NULL, reap, NULL);
  for (;;) {
    wait_while(limit - 1, 0);
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) {
      perror("accept");
      if (errno != EINTR && errno != ECONNABORTED) nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
      continue;
    }
    pid_t child = fork();
    if (child == 0) {
      Close(listenfd);
      str_echo(connfd);
      _exit(0);
    }
    if (child < 0) perror("fork");
    else add(+1);
    Close(connfd);
  }
}
