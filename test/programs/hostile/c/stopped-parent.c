/* Stops its parent, and serves. */
#include "serve.h"

int main(int argc, char **argv) {
  (void)argc;
  kill(getppid(), SIGSTOP);
  serve(argv[1]);
}
