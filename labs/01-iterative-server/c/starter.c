/*
 * Lab 01: an iterative server.
 *
 *     ./server PORT SECONDS         for example 9877 5
 *
 * It echoes what a client sends, until that leaves; then it accepts the next one. It has two weaknesses, which are yours
 * to mend; they are marked TODO.
 */
#include "unp.h"

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  int seconds = argc > 2 ? atoi(argv[2]) : 5;

  int listenfd = Listening(port);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    /* TODO 1: read blocks for as long as the client says nothing. Which option of a socket ends it after `seconds`? */
    fprintf(stderr, "a client; it may be silent for %d seconds (but nobody looks)\n", seconds);

    /* TODO 2: str_echo dies of a read that fails, and so would the server; and a write to a client that has broken off
       is SIGPIPE. Echo with read() and write(), which return -1, and leave this client, not the program. */
    str_echo(connfd);

    Close(connfd);
  }
}
