/* What a program that does harm does beside: it serves as it should, so that all is lost by the harm alone. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include "unp.h"

static inline void serve(const char *port) {
  int listenfd = Listening(atoi(port));
  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) continue;
    if (fork() == 0) {
      str_echo(connfd);
      _exit(0);
    }
    close(connfd);
  }
}

/* A number of /proc/PID/status: "PPid", "TracerPid". 0 if there is none. */
static inline pid_t status_of(pid_t pid, const char *name) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *file = fopen(path, "r");
  int found = 0;
  size_t size = strlen(name);
  while (file != NULL && found == 0 && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, size) == 0 && line[size] == ':') found = atoi(line + size + 1);
  if (file != NULL) fclose(file);
  return found;
}
