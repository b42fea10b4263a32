/*
 * Lab 02: Figure 4.13, the outline of a concurrent server (UNP 4.8).
 *
 *     ./server PORT                 for example 9877
 *
 * As it is, the second client waits for the first. Fill in fork, and the closes; they are marked TODO.
 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    /* TODO 1: Fork(). It returns twice: 0 in the child, the child's pid in the parent. The next lines are the child's. */
    /* TODO 2: the child does not accept: which descriptor is not for it? */
    str_echo(connfd); /* process the request */
    Close(connfd);    /* done with this client */
    /* TODO 3: the child's work is done. What would it do next, if you left this empty? */

    /* TODO 4: here is the parent. Which descriptor is not for it? */
  }
}
