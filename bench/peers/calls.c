// What a system call costs.
//
//   calls getpid|read LIMIT
//
// Prints the nanoseconds of one call, the mean of many, a number of times. The same program as calls.ts.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 50
#define CALLS 10000

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  alarm(atoi(argv[2]));
  const int reads = strcmp(argv[1], "read") == 0;
  const int fd = open("/dev/zero", O_RDONLY);
  if (fd == -1) return 1;
  for (int sample = 0; sample < SAMPLES; ++sample) {
    const long long start = now();
    for (int i = 0; i < CALLS; ++i) {
      char byte;
      if (reads ? read(fd, &byte, 1) != 1 : getpid() <= 0) return 1;
    }
    printf("%.2f\n", (double)(now() - start) / CALLS);
  }
  return 0;
}
