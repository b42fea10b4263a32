// fork(2), _exit(2) in the child, waitpid(2): how long it takes.
//
//   round-trip MEGABYTES COUNT WARM-UP LIMIT
//
// Prints a line for each of COUNT rounds, in nanoseconds, the first WARM-UP left out. It has so many
// MEGABYTES of small things before that. Ends itself after LIMIT seconds. The same program as
// round-trip.py and round-trip.ts.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long round_trip(void) {
  const long long start = now();
  const pid_t pid = fork();
  if (pid == -1) {
    perror("fork");
    exit(1);
  }
  if (pid == 0) _exit(0);
  if (waitpid(pid, NULL, 0) != pid) {
    perror("waitpid");
    exit(1);
  }
  return now() - start;
}

struct thing {
  struct thing* before;
  char name[24];
  double values[50];
};

static struct thing* things;

static void make(long long count) {
  for (long long made = 0; made < count; ++made) {
    struct thing* const thing = malloc(sizeof *thing);
    if (thing == NULL) exit(1);
    thing->before = things;
    snprintf(thing->name, sizeof thing->name, "thing %lld", made);
    for (int i = 0; i < 50; ++i) thing->values[i] = i + 0.5;
    things = thing;
  }
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const long long megabytes = atoi(argv[1]);
  const int count = atoi(argv[2]);
  const int warm_up = atoi(argv[3]);
  alarm(atoi(argv[4]));

  long long* samples = malloc(count * sizeof *samples);
  if (samples == NULL) return 1;
  make((megabytes << 20) / (long long)sizeof(struct thing));
  for (int i = 0; i < warm_up; ++i) round_trip();
  for (int i = 0; i < count; ++i) samples[i] = round_trip();
  for (int i = 0; i < count; ++i) printf("%lld\n", samples[i]);
  return 0;
}
