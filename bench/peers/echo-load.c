// A client of an echo server on this machine that sends as much as comes back.
//
//   echo-load PORT SIZE MILLISECONDS
//
// One thread writes, SIZE bytes at a time, and another reads what comes back, on one connection. Prints "BYTES NANOSECONDS":
// what came back, after WARM_UP. To write and then read, in one thread, would measure delayed acknowledgements.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Beside the time it is told: a server that does not answer has failed. Seconds.
#define PATIENCE 10
// Sent first, so that no server is measured while it is compiled. Bytes.
#define WARM_UP (4 << 20)
// Of one read.
#define BUFFER (256 << 10)

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char* what) {
  perror(what);
  exit(1);
}

static int fd;
static size_t size;
static atomic_int is_over;

static void* send_all(void* unused) {
  (void)unused;
  char* const block = calloc(size, 1);
  if (block == NULL) die("calloc");
  while (!is_over) {
    for (size_t done = 0; done < size;) {
      const ssize_t n = write(fd, block + done, size - done);
      if (n <= 0) die("write");
      done += n;
    }
  }
  if (shutdown(fd, SHUT_WR) == -1) die("shutdown");
  free(block);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  struct sockaddr_in server;
  memset(&server, 0, sizeof server);
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(atoi(argv[1]));
  size = atol(argv[2]);
  const long milliseconds = atol(argv[3]);
  alarm(milliseconds / 1000 + PATIENCE);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1) die("socket");
  if (connect(fd, (const struct sockaddr*)&server, sizeof server) == -1) die("connect");
  pthread_t sender;
  if (pthread_create(&sender, NULL, send_all, NULL) != 0) die("pthread_create");

  static char back[BUFFER];
  long long start = 0;
  long long end = 0;
  long long warm = 0;
  long long bytes = 0;
  for (;;) {
    const ssize_t n = read(fd, back, sizeof back);
    if (n == -1) die("read");
    if (n == 0) break;
    if (is_over) continue;  // what was still on its way
    const long long t = now();
    if (start == 0) {
      warm += n;
      if (warm >= WARM_UP) start = t;
      continue;
    }
    bytes += n;
    end = t;
    is_over = t - start >= milliseconds * 1000000LL;
  }
  pthread_join(sender, NULL);
  printf("%lld %lld\n", bytes, end - start);
  return 0;
}
