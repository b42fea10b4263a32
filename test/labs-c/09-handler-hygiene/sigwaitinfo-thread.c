/* A thread takes the signals, reaps and reports; at SIGTERM it writes to an eventfd, which poll of the other has as well. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include "unp.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t children[FD_SETSIZE];
static int count, logfd, stop;
static sigset_t set;

static void take(int signo) {
  pthread_mutex_lock(&lock);
  if (signo == SIGCHLD) {
    for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0;) {
      for (int i = 0; i < count; ++i)
        if (children[i] == child) children[i--] = children[--count];
      dprintf(logfd, "ended %d\n", (int)child);
    }
  }
  if (signo == SIGUSR1) {
    dprintf(logfd, "report: %d children\n", count);
    for (int i = 0; i < count; ++i) dprintf(logfd, "report: %d\n", (int)children[i]);
    dprintf(logfd, "report: end\n");
  }
  pthread_mutex_unlock(&lock);
  if (signo == SIGTERM) eventfd_write(stop, 1);
}

static void *take_all(void *nothing) {
  for (;;) take(sigwaitinfo(&set, NULL));
  return nothing;
}

int main(int argc, char **argv) {
  logfd = open(argv[argc - 1], O_WRONLY);
  stop = eventfd(0, EFD_CLOEXEC);
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  struct pollfd two[] = {{.fd = Listening(atoi(argv[1])), .events = POLLIN}, {.fd = stop, .events = POLLIN}};
  pthread_t taker;
  pthread_create(&taker, NULL, take_all, NULL);
  for (;;) {
    pthread_mutex_lock(&lock);
    int now = count;
    pthread_mutex_unlock(&lock);
    dprintf(logfd, "waiting: %d children\n", now);
    Poll(two, 2, -1);
    if (two[1].revents != 0) break;
    int connfd = Accept(two[0].fd);
    pthread_mutex_lock(&lock);
    pid_t child = Fork();
    if (child == 0) {
      pthread_sigmask(SIG_UNBLOCK, &set, NULL);
      Close(two[0].fd);
      Close(stop);
      str_echo(connfd);
      _exit(0);
    }
    children[count++] = child;
    pthread_mutex_unlock(&lock);
    Close(connfd);
  }
  dprintf(logfd, "stopped\n");
  return 0;
}
