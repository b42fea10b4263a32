/*
 * Lab 03: zombies (UNP 5.8 to 5.10).
 *
 *     ./server PORT                 for example 9877
 *
 * Figure 4.13, whole. Nobody waits for the children: mend that, at the lines marked TODO.
 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  /* TODO 1: a child that ends has the kernel send SIGCHLD to its parent. Install a handler for it, which asks for the
     child's status, and says on standard output "child PID terminated". */

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
    /* TODO 2: it is tempting to wait for the child here. Why is that no good? */
  }
}
