/* Kills its parent, whose end it has arranged not to hear of. It leads no session and hears no SIGHUP; and it serves. */
#include "serve.h"

int main(int argc, char **argv) {
  (void)argc;
  prctl(PR_SET_PDEATHSIG, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGHUP, SIG_IGN);
  kill(getppid(), SIGKILL);
  serve(argv[1]);
}
