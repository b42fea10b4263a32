/*
 * Lab 02, reference solution: Figure 4.13 as printed.
 *
 *     ./server PORT
 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd);  /* child closes listening socket */
      str_echo(connfd); /* process the request */
      Close(connfd);    /* done with this client */
      exit(0);          /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
