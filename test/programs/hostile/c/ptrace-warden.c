/* Stops its parent by ptrace, for ever, and serves. */
#include "serve.h"

int main(int argc, char **argv) {
  (void)argc;
  if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0) err_sys("ptrace error");
  waitpid(getppid(), NULL, __WALL);
  serve(argv[1]);
}
