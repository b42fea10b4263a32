/*
 * Lab 05, a solution: what SA_RESTART does not restart is called again by the program, with the time that is left.
 *
 *     ./restart PORT SECONDS
 */
#include "unp.h"

static volatile sig_atomic_t is_stopping = 0;

static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  errno = saved;
}

static void sig_usr1(int signo) {
  (void)signo;
  static const char well[] = "is well\n";
  if (write(STDERR_FILENO, well, sizeof well - 1) < 0) return; /* nobody reads it */
}

static void sig_term(int signo) {
  (void)signo;
  is_stopping = 1; /* noted here, to be done in the loop */
}

/* Milliseconds of a clock that nobody sets back. */
static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Whether the client says something within so many seconds, whatever signals come meanwhile. */
static int is_readable(int connfd, int seconds) {
  long long deadline = now() + seconds * 1000LL;
  for (;;) {
    long long left = deadline - now();
    struct pollfd one = {.fd = connfd, .events = POLLIN};
    int ready = poll(&one, 1, left > 0 ? (int)left : 0);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) err_sys("poll error");
  }
}

/* Echoes, until the client has gone or has said nothing for so many seconds. */
static void serve(int connfd, int seconds) {
  char buffer[MAXLINE];
  while (is_readable(connfd, seconds)) {
    ssize_t n = Read(connfd, buffer, sizeof buffer);
    if (n == 0) return;
    Writen(connfd, buffer, (size_t)n);
  }
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  int seconds = argc > 2 ? atoi(argv[2]) : 30;

  /* Signal() sets SA_RESTART: UNP Figure 5.6. */
  Signal(SIGCHLD, sig_chld);
  Signal(SIGUSR1, sig_usr1);
  Signal(SIGTERM, sig_term);

  int listenfd = Listening(port);
  /* accept fails with EAGAIN after so many seconds without a client: time for a look round. socket(7) */
  struct timeval limit = {.tv_sec = seconds};
  Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  fprintf(stderr, "pid %d\n", (int)getpid());

  while (!is_stopping) {
    int connfd = accept(listenfd, NULL, NULL); /* blocks, for so many seconds */
    if (connfd < 0) {
      /* EINTR for all its SA_RESTART, as the socket has a time limit. signal(7) */
      if (errno == EINTR || errno == EAGAIN) continue;
      err_sys("accept error");
    }

    if (Fork() == 0) {
      Signal(SIGTERM, SIG_DFL); /* the loop that looks at is_stopping is the parent's */
      Close(listenfd);          /* child closes listening socket */
      serve(connfd, seconds);   /* process the requests */
      exit(0);                  /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
  exit(0);
}
