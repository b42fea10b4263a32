/*
 * Lab 05: SA_RESTART, and where it does not help.
 *
 *     ./restart PORT SECONDS        for example 9877 30
 *
 * An echo server with SA_RESTART on every handler. It looks round when nobody has connected for so many seconds, and gives up a
 * client that has said nothing for as long. Every other signal ends a process of it all the same; SIGTERM ends none. The
 * TODOs say where.
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

/* Whether the client says something within so many seconds, whatever signals come meanwhile. */
static int is_readable(int connfd, int seconds) {
  /* TODO 2: poll is never restarted, and Poll dies of EINTR. Call poll again, for the time that is left: else a client to which
     signals come stays for ever. clock_gettime(CLOCK_MONOTONIC, ...) is a clock that nobody sets back. */
  struct pollfd one = {.fd = connfd, .events = POLLIN};
  return Poll(&one, 1, seconds * 1000) > 0;
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

  for (;;) {
    /* TODO 1: SIGCHLD has SA_RESTART, and Accept dies of EINTR: why? And of EAGAIN, which is no more than its time limit. Also, a
       process that was stopped and goes on (SIGSTOP, SIGCONT) finds EINTR without any handler. */
    int connfd = Accept(listenfd); /* blocks, for so many seconds */

    /* TODO 3: the server is to end with status 0 at SIGTERM, at once, though it is blocked in accept. Who looks at what the
       handler has noted, and when? */
    if (is_stopping) fprintf(stderr, "SIGTERM has come, and nobody cares\n");

    if (Fork() == 0) {
      Signal(SIGTERM, SIG_DFL); /* the loop that looks at is_stopping is the parent's */
      Close(listenfd);          /* child closes listening socket */
      serve(connfd, seconds);   /* process the requests */
      exit(0);                  /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
