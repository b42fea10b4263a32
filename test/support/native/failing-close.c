/*
 * Preloaded: in each process the first calls of close() for a connection give -1. The descriptor is closed all the same, as
 * Linux does it: close(2), "Dealing with error returns from close()". strace, which has calls fail too, does not carry
 * them out.
 *
 * CLOSE_ERRNO is the number of the error. Each failure writes a line to standard error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const int TIMES = 3;

int close(int fd) {
  static int (*real)(int);
  static pid_t process;
  static int times;
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
  if (process != getpid()) {
    process = getpid();
    times = 0;
  }
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  const char *error = getenv("CLOSE_ERRNO");
  const int before = errno;
  const int is_connection = getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.ss_family == AF_INET;
  errno = before;
  const int result = real(fd);
  if (error == NULL || !is_connection || times >= TIMES) return result;
  ++times;
  errno = atoi(error);
  dprintf(STDERR_FILENO, "close: errno %d\n", errno);
  return -1;
}
