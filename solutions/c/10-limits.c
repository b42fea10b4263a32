/*
 * Lab 10, a solution: a limit on children (tcpserver's -c), a fork that fails, and accept without a descriptor left.
 *
 *     ./limits PORT CHILDREN
 */
#include "unp.h"

/* Children that have not been reaped. The handler changes it, and so does the loop: with SIGCHLD blocked. */
static volatile sig_atomic_t children = 0;

static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) --children;
  errno = saved;
}

/* Blocks SIGCHLD. Returns the mask that was. */
static sigset_t block(void) {
  sigset_t chld, before;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, &before);
  return before;
}

/* `++children` is several steps for the processor: SIGCHLD is not to come between them. */
static void count(int change) {
  sigset_t before = block();
  children += change;
  sigprocmask(SIG_SETMASK, &before, NULL);
}

/*
 * At the limit: until a child has been reaped. SIGCHLD is blocked from the look at the count to sigsuspend, which lets it in
 * and sleeps in one step: a child that ends between the two is not missed.
 */
static void wait_for_slot(int limit) {
  sigset_t before = block();
  while (children >= limit) sigsuspend(&before);
  sigprocmask(SIG_SETMASK, &before, NULL);
}

/* There may be room again in a moment, or once a child has ended: SIGCHLD ends this early, as poll is never restarted. */
static void back_off(void) { poll(NULL, 0, 100); }

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  int limit = argc > 2 ? atoi(argv[2]) : 40;
  Signal(SIGCHLD, sig_chld); /* with SA_RESTART */

  for (;;) {
    wait_for_slot(limit);
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) {
      switch (errno) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          perror("accept");
          back_off(); /* the client stays in the queue */
          continue;
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
          continue;
        default:
          err_sys("accept error");
      }
    }

    count(+1); /* before fork: the child may end before fork returns here */
    pid_t pid = fork();
    if (pid == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates */
    }
    if (pid < 0) perror("fork");
    Close(connfd); /* parent closes connected socket: without a child, this is the end of the connection */
    if (pid < 0) {
      count(-1); /* nobody will be reaped for it */
      back_off();
    }
  }
}
