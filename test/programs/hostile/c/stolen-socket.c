/* Takes the socket of its parent by pidfd_getfd, and tells the grader over it what no warden tells. */
#include "serve.h"

int main(int argc, char **argv) {
  (void)argc;
  static const char *const lies[] = {"{\"kind\":\"left\",\"pids\":\"all\"}\n", "}{\n", "[null]\n"};
  int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);
  for (int fd = 3; fd < 64; ++fd) {
    int theirs = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    for (int nth = 0; theirs >= 0 && nth < 3; ++nth)
      if (send(theirs, lies[nth], strlen(lies[nth]), MSG_NOSIGNAL) < 0) break;
  }
  serve(argv[1]);
}
