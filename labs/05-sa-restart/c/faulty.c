/*
 * Lab 05, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     ./faulty PORT SECONDS        for example 9877 5
 *
 * It outlives every signal. Connect, say nothing, and be given up after five seconds. Then again, with
 * `while kill -USR1 PID; do sleep 1; done` at the child that serves you. How long do you stay, and why?
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

/* Whether the client says something within so many seconds. */
static int is_readable(int connfd, int seconds) {
  for (;;) {
    struct pollfd one = {.fd = connfd, .events = POLLIN};
    int ready = poll(&one, 1, seconds * 1000);
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
