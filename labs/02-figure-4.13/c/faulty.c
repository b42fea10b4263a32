/*
 * Lab 02: DELIBERATELY FAULTY, to diagnose. One line is missing.
 *
 *     ./faulty PORT
 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);

  for (;;) {
    int connfd = Accept(listenfd);

    if (Fork() == 0) {
      Close(listenfd);
      str_echo(connfd);
      Close(connfd);
      exit(0);
    }
  }
}
