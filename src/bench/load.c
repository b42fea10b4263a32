// Clients of an echo server on this machine: connect, echo five bytes, close, and again.
//
//   load PORT CLIENTS CONNECTIONS MILLISECONDS
//
// CLIENTS threads share CONNECTIONS connections (0: as many as there is time for) and stop starting
// new ones after MILLISECONDS; the first is started however late its thread is scheduled. Prints
// "CONNECTIONS NANOSECONDS MEDIAN P99": what was done, how long it took, and how long a client
// waited from connect to its echo, half of them and 99 % of them at most, in nanoseconds. Ends with
// status 1 at the first connection that fails, so that no failure counts as speed. In C: the load
// must not be what limits the server.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CLIENTS 64
// A server that does not answer within this many seconds has failed.
#define PATIENCE 10

static const char kMessage[] = {'h', 'e', 'l', 'l', 'o'};

static struct sockaddr_in server;
static long limit;
static long long deadline;
static atomic_long started;

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, errno == 0 ? "end of file" : strerror(errno));
  exit(1);
}

// Returns how long it took until the echo was there.
static long long echo_once(void) {
  const long long start = now();
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1) die("socket");
  const struct timeval patience = {PATIENCE, 0};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == -1) die("setsockopt");
  if (connect(fd, (const struct sockaddr*)&server, sizeof server) == -1) die("connect");
  if (write(fd, kMessage, sizeof kMessage) != sizeof kMessage) die("write");
  char back[sizeof kMessage];
  for (size_t got = 0; got < sizeof back;) {
    errno = 0;
    const ssize_t n = read(fd, back + got, sizeof back - got);
    if (n <= 0) die("read");
    got += n;
  }
  if (memcmp(back, kMessage, sizeof back) != 0) die("other bytes came back");
  const long long wait = now() - start;
  if (close(fd) == -1) die("close");
  return wait;
}

// What one client has done.
struct client {
  pthread_t thread;
  long long* waits;
  long done;
  long room;
};

static void note(struct client* client, long long wait) {
  if (client->done == client->room) {
    client->room = client->room == 0 ? 4096 : 2 * client->room;
    client->waits = realloc(client->waits, client->room * sizeof *client->waits);
    if (client->waits == NULL) die("realloc");
  }
  client->waits[client->done++] = wait;
}

static void* be_client(void* argument) {
  struct client* const client = argument;
  do {
    if (limit != 0 && atomic_fetch_add(&started, 1) >= limit) break;
    note(client, echo_once());
  } while (now() < deadline);
  return NULL;
}

static int by_length(const void* a, const void* b) {
  const long long x = *(const long long*)a;
  const long long y = *(const long long*)b;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(atoi(argv[1]));
  const int clients = atoi(argv[2]);
  limit = atol(argv[3]);
  const long milliseconds = atol(argv[4]);
  if (clients < 1 || clients > MOST_CLIENTS) return 2;
  alarm(milliseconds / 1000 + 2 * PATIENCE);

  const long long start = now();
  deadline = start + milliseconds * 1000000LL;
  struct client all[MOST_CLIENTS];
  memset(all, 0, sizeof all);
  for (int i = 0; i < clients; ++i) {
    errno = pthread_create(&all[i].thread, NULL, be_client, &all[i]);
    if (errno != 0) die("pthread_create");
  }
  long total = 0;
  for (int i = 0; i < clients; ++i) {
    pthread_join(all[i].thread, NULL);
    total += all[i].done;
  }
  const long long took = now() - start;

  long long* const waits = malloc((total + 1) * sizeof *waits);
  if (waits == NULL) die("malloc");
  waits[0] = 0;  // of no connection at all
  for (long i = 0, copied = 0; i < clients; copied += all[i++].done) {
    if (all[i].done > 0) memcpy(waits + copied, all[i].waits, all[i].done * sizeof *waits);
  }
  qsort(waits, total, sizeof *waits, by_length);
  printf("%ld %lld %lld %lld\n", total, took, waits[total / 2], waits[total * 99 / 100]);
  return 0;
}
