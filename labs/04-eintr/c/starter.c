/*
 * Lab 04: the server that dies of EINTR, and two cures.
 *
 *     ./eintr PORT CURE        for example 9877 retry, or 9877 restart
 *
 * Figure 4.13 with a handler for SIGCHLD. It leaves no zombie, and dies when its first client has left:
 * "accept error: Interrupted system call". Cure it in both ways; the TODOs say where.
 */
#include "unp.h"

/* UNP Figure 5.11: waits for all children that have ended. */
static void sig_chld(int signo) {
  (void)signo;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  errno = saved;
}

/* A connection. */
static int accept_client(int listenfd) {
  /* TODO 1, where the cure is "retry": the program calls accept again. Accept prints and exits, whatever the error; accept
     gives -1, and errno says why. Which error is none? All others stay the end of the program: err_sys("accept error"). */
  return Accept(listenfd);
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  const char *cure = argc > 2 ? argv[2] : "retry";

  /* TODO 2, where the cure is "restart": a flag that has the kernel call accept again. accept is then never seen to fail. */
  struct sigaction action = {.sa_handler = sig_chld, .sa_flags = 0};
  Sigaction(SIGCHLD, &action);

  int listenfd = Listening(port);
  fprintf(stderr, "pid %d, cure: %s\n", (int)getpid(), cure);

  for (;;) {
    int connfd = accept_client(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      Close(connfd);    /* done with this client */
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
