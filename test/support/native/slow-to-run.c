/*
 * Preloaded: a thread that is woken is ready to run, and runs nothing of its program's for a while, as on a machine that is
 * busy.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

typedef int (*wait_function)(pthread_cond_t *, pthread_mutex_t *);

static const long long WHILE_NS = 300 * 1000 * 1000LL;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
  /* The oldest version of it is another function. */
  static wait_function real;
  if (real == NULL) real = (wait_function)dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
  const int result = real(condition, mutex);
  const long long end = now() + WHILE_NS;
  while (gettid() != getpid() && now() < end) {
  }
  return result;
}
