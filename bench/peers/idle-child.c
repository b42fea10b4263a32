// A child that is blocked in read(2).
//
//   idle-child LIMIT
//
// Prints "child PID", and ends after LIMIT seconds. The same program as idle-child.py, .pl, .php, .rb and .ts.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int fds[2];
  if (pipe(fds) == -1) return 1;
  alarm(atoi(argv[1]));
  const pid_t pid = fork();
  if (pid == 0) {
    char byte;
    close(fds[1]);
    _exit(read(fds[0], &byte, 1) == 0 ? 0 : 1);
  }
  printf("child %d\n", pid);
  fflush(stdout);
  pause();
}
