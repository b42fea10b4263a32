/* Threads without end in each of some processes. */
#include <pthread.h>
#include "serve.h"

static void *wait_for_ever(void *nothing) {
  for (;;) pause();
  return nothing;
}

int main(void) {
  pthread_t thread;
  fork(), fork();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 15);
  for (;;)
    if (pthread_create(&thread, &attributes, wait_for_ever, NULL) != 0) usleep(1000);
}
