/* A library that has a thread of its own from the moment it is loaded, as libvips has once it is used. */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>
#ifdef __FreeBSD__
#include <pthread_np.h>
#endif

static void *wait_for_ever(void *unused) {
  for (;;) pause();
  return unused;
}

__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, wait_for_ever, 0);
  pthread_setname_np(thread, "vips worker");
}

/* Node takes it for an addon, and so does not unload it. */
void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  return exports;
}
