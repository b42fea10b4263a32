/* The child leaves the loop, and returns from main; the parent closes before it asks who it is. */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT), connfd;
  while ((connfd = Accept(listenfd)), Fork() != 0) Close(connfd);
  Close(listenfd);
  str_echo(connfd);
  return 0;
}
