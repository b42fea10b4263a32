/*
 * Lab 09, a solution: handlers that leave no trace where they have been.
 *
 *     ./hygiene PORT LOG
 */
#include <fcntl.h>
#include "unp.h"

#define MOST_CHILDREN 1024

static int logfd;

/* The children that have not been reaped. */
static pid_t children[MOST_CHILDREN];
static volatile sig_atomic_t count = 0;
static volatile sig_atomic_t is_stopping = 0;

/* The self-pipe: what a handler writes makes poll return, now or when it is called. */
static int wakened, waker;

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

/* Reaps. What it interrupts finds errno as it was. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
    forget(pid);
    tell_number("ended ", pid, "\n");
  }
  errno = saved;
}

/* Reports: several lines, which belong together. */
static void sig_usr1(int signo) {
  (void)signo;
  int saved = errno;
  tell_number("report: ", count, " children\n");
  for (int i = 0; i < count; ++i) tell_number("report: ", children[i], "\n");
  tell("report: end\n");
  errno = saved;
}

static void sig_hup(int signo) { (void)signo; }

/* Notes, and wakes. A pipe that is full wakes as well. */
static void sig_term(int signo) {
  (void)signo;
  int saved = errno;
  is_stopping = 1;
  (void)!write(waker, "!", 1);
  errno = saved;
}

static void make_self_pipe(void) {
  int ends[2];
  if (pipe(ends) < 0) err_sys("pipe error");
  for (int i = 0; i < 2; ++i)
    if (fcntl(ends[i], F_SETFL, O_NONBLOCK) < 0) err_sys("fcntl error");
  wakened = ends[0];
  waker = ends[1];
}

int main(int argc, char **argv) {
  logfd = open(argc > 2 ? argv[2] : "/dev/stderr", O_WRONLY);
  if (logfd < 0) err_sys("open error");

  make_self_pipe();

  struct sigaction chld = {.sa_handler = sig_chld, .sa_flags = SA_RESTART};
  struct sigaction usr1 = {.sa_handler = sig_usr1, .sa_flags = SA_RESTART};
  sigemptyset(&chld.sa_mask);
  sigemptyset(&usr1.sa_mask);
  sigaddset(&chld.sa_mask, SIGUSR1);
  sigaddset(&usr1.sa_mask, SIGCHLD);
  Sigaction(SIGCHLD, &chld);
  Sigaction(SIGUSR1, &usr1);
  Signal(SIGHUP, sig_hup);
  Signal(SIGTERM, sig_term);

  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  while (!is_stopping) {
    tell_number("waiting: ", count, " children\n");
    struct pollfd fds[] = {{.fd = listenfd, .events = POLLIN}, {.fd = wakened, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0) {
      tell("poll was interrupted\n");
      if (errno == EINTR) continue;
      err_sys("poll error");
    }
    for (char bytes[64]; read(wakened, bytes, sizeof bytes) > 0;) continue; /* empties the pipe */
    if (fds[0].revents == 0) continue;
    int connfd = Accept(listenfd);

    /* A handler may come between any two instructions: none is to reap a child that has not been added. CS:APP 8.5.6 */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = Fork();
    if (pid == 0) {
      /* all are blocked: none of them comes before it is its own */
      const int handled[] = {SIGCHLD, SIGUSR1, SIGHUP, SIGTERM};
      for (int i = 0; i < 4; ++i) Signal(handled[i], SIG_DFL);
      sigprocmask(SIG_SETMASK, &before, NULL);
      const int servers[] = {listenfd, wakened, waker, logfd};
      for (int i = 0; i < 4; ++i) Close(servers[i]);
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
