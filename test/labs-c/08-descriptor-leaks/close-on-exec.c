/*
 * Close on exec closes nothing at fork. But this child is another program, cat(1), and then the kernel closes for it what is not
 * its standard input and output. A thread waits for children, as there are some.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include "unp.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int children;

static void *reap(void *nothing) {
  for (;;) {
    pthread_mutex_lock(&mutex);
    while (children == 0) pthread_cond_wait(&more, &mutex);
    --children;
    pthread_mutex_unlock(&mutex);
    wait(NULL);
  }
  return nothing;
}

int main(int argc, char **argv) {
  (void)argc;
  int listenfd = Listening(atoi(argv[1]));
  fcntl(listenfd, F_SETFD, FD_CLOEXEC);
  pthread_t reaper;
  pthread_create(&reaper, NULL, reap, NULL);
  for (;;) {
    int connfd = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, connfd, 0);
    posix_spawn_file_actions_adddup2(&actions, connfd, 1);
    errno = posix_spawnp(NULL, "cat", &actions, NULL, (char *[]){"cat", NULL}, environ);
    if (errno != 0) err_sys("posix_spawnp error");
    posix_spawn_file_actions_destroy(&actions);
    Close(connfd);
    pthread_mutex_lock(&mutex);
    ++children;
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&mutex);
  }
}
