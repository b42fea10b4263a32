/*
 * Lab 09: handler hygiene: errno, masks, what may be called, the self-pipe.
 *
 *     ./hygiene PORT LOG        for example 9877 /dev/stderr
 *
 * An echo server with four signals: SIGCHLD reaps, SIGUSR1 reports, SIGHUP does nothing yet, SIGTERM stops it. It does well,
 * until a signal comes at a moment that nobody thought of. There are four such moments; the TODOs say where.
 */
#include <fcntl.h>
#include "unp.h"

#define MOST_CHILDREN 1024

static int logfd;

/* The children that have not been reaped. */
static pid_t children[MOST_CHILDREN];
static volatile sig_atomic_t count = 0;
static volatile sig_atomic_t is_stopping = 0;

/* A line of the log. Handlers may call it: all that it calls is on the list of signal-safety(7), and printf is not. */
static void tell(const char *line) {
  while (write(logfd, line, strlen(line)) < 0 && errno == EINTR) continue;
}

/* The same with a number in it: "ended ", 4711, "\n". */
static void tell_number(const char *before, int number, const char *after) {
  char digits[12] = "";
  char *first = digits + sizeof digits - 1;
  do *--first = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  char line[64] = "";
  strcat(strcat(strcat(line, before), first), after);
  tell(line);
}

static void add(pid_t pid) {
  if (count == MOST_CHILDREN) err_quit("too many children");
  children[count++] = pid;
}

static void forget(pid_t pid) {
  for (int i = 0; i < count; ++i) {
    if (children[i] != pid) continue;
    children[i] = children[--count];
    return;
  }
}

/* Reaps. */
static void sig_chld(int signo) {
  (void)signo;
  /* TODO 1: what does the last waitpid leave in errno, and who may be about to look at it? */
  for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
    forget(pid);
    tell_number("ended ", pid, "\n");
  }
}

/* Reports: several lines, which belong together. */
static void sig_usr1(int signo) {
  (void)signo;
  tell_number("report: ", count, " children\n");
  for (int i = 0; i < count; ++i) tell_number("report: ", children[i], "\n");
  tell("report: end\n");
}

static void sig_hup(int signo) { (void)signo; }

/* Notes. */
static void sig_term(int signo) {
  (void)signo;
  is_stopping = 1;
}

int main(int argc, char **argv) {
  logfd = open(argc > 2 ? argv[2] : "/dev/stderr", O_WRONLY);
  if (logfd < 0) err_sys("open error");

  /* TODO 2: SIGCHLD in the midst of a report makes the report wrong. sa_mask says who waits while a handler runs: sigaddset. */
  struct sigaction chld = {.sa_handler = sig_chld, .sa_flags = SA_RESTART};
  struct sigaction usr1 = {.sa_handler = sig_usr1, .sa_flags = SA_RESTART};
  sigemptyset(&chld.sa_mask);
  sigemptyset(&usr1.sa_mask);
  Sigaction(SIGCHLD, &chld);
  Sigaction(SIGUSR1, &usr1);
  Signal(SIGHUP, sig_hup);
  Signal(SIGTERM, sig_term);

  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  while (!is_stopping) {
    tell_number("waiting: ", count, " children\n");
    /* TODO 3: SIGTERM that comes before poll, and after the look at is_stopping, is lost. A pipe that sig_term writes to, and
       poll looks at too, keeps it: the self-pipe trick. Both its ends are to be non-blocking. */
    struct pollfd fds[] = {{.fd = listenfd, .events = POLLIN}};
    if (poll(fds, 1, -1) < 0) {
      tell("poll was interrupted\n");
      if (errno == EINTR) continue;
      err_sys("poll error");
    }
    int connfd = Accept(listenfd);

    /* A handler may come between any two instructions: none is to reap a child that has not been added. CS:APP 8.5.6 */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = Fork();
    if (pid == 0) {
      /* TODO 4: handlers are inherited, and the pipe of TODO 3 is as well. What is SIGTERM to do to this process? */
      sigprocmask(SIG_SETMASK, &before, NULL);
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates */
    }
    add(pid);
    sigprocmask(SIG_SETMASK, &before, NULL);
    Close(connfd); /* parent closes connected socket */
  }
  tell("stopped\n");
  exit(0);
}
