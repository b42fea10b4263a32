/* Each child of vfork becomes the same program again, and so lets its parent go on. */
#include "serve.h"

int main(int argc, char **argv) {
  (void)argc;
  for (;;)
    if (vfork() == 0) {
      execv("/proc/self/exe", argv);
      _exit(1);
    }
}
